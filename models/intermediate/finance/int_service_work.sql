-- Working time spent on customers: the handling time of a case, else the time logged on it, and
-- visits. Visits on a deal or a lead are sales work.
with cases as (
    select
        case_id,
        account_id,
        channel,
        owner_user_id,
        solved_at,
        service_minutes
    from {{ ref('crm_support_case') }}
    where master_case_id is null
),

activities as (
    select
        activity_id,
        activity_type,
        user_id,
        account_id,
        case_id,
        opportunity_id,
        lead_id,
        started_at,
        duration_minutes
    from {{ ref('crm_activity') }}
    where
        duration_minutes > 0
        and completed_at is not null
        and not coalesce(is_automated, false)
        and started_at < {{ as_of_timestamp() }}
),

channel_categories as (
    select
        channel,
        service_category
    from {{ ref('service_category_map') }}
    where channel is not null
),

activity_categories as (
    select
        activity_type,
        service_category
    from {{ ref('service_category_map') }}
    where activity_type is not null
),

work as (
    select
        'case' as work_type,
        cases.case_id as work_id,
        cases.case_id,
        cases.account_id,
        cases.owner_user_id as user_id,
        cases.solved_at as worked_at,
        cast(cases.service_minutes as double) as minutes,
        channel_categories.service_category
    from cases
    left join channel_categories
        on cases.channel = channel_categories.channel
    where
        cases.service_minutes > 0
        and cases.solved_at < {{ as_of_timestamp() }}
    union all
    select
        'activity' as work_type,
        activities.activity_id as work_id,
        cases.case_id,
        coalesce(cases.account_id, activities.account_id) as account_id,
        activities.user_id,
        activities.started_at as worked_at,
        cast(activities.duration_minutes as double) as minutes,
        activity_categories.service_category
    from activities
    left join cases
        on activities.case_id = cases.case_id
    left join activity_categories
        on activities.activity_type = activity_categories.activity_type
    where
        (cases.case_id is not null and cases.service_minutes is null)
        or (
            activities.activity_type = 'visit'
            and activities.case_id is null
            and activities.opportunity_id is null
            and activities.lead_id is null
        )
),

accounts as (
    select account_id
    from {{ ref('crm_account') }}
    where master_account_id is null
)

select
    work.work_type,
    work.work_id,
    work.case_id,
    accounts.account_id,
    work.user_id,
    {{ reporting_date('work.worked_at') }} as worked_on,
    {{ month_start(reporting_date('work.worked_at')) }} as work_month,
    work.minutes,
    coalesce(work.service_category, 'other') as service_category
from work
left join accounts
    on work.account_id = accounts.account_id
