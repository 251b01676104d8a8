-- Which deal a human activity belongs to: the one it is logged on, else the only one its account
-- had open.
with activities as (
    select
        activities.activity_id,
        activities.activity_type,
        activities.outcome,
        activities.user_id,
        activities.account_id,
        activities.opportunity_id,
        activities.started_at,
        activities.completed_at,
        {{ reporting_date('activities.started_at') }} as activity_on
    from {{ ref('crm_activity') }} as activities
    left join {{ ref('dim_user') }} as users
        on activities.user_id = users.user_id
    where
        activities.completed_at < {{ as_of_timestamp() }}
        and activities.started_at < {{ as_of_timestamp() }}
        and not coalesce(activities.is_automated, false)
        and coalesce(users.is_human, true)
        and activities.case_id is null
        and (activities.opportunity_id is not null or activities.account_id is not null)
),

open_intervals as (
    select
        deals.account_id,
        intervals.opportunity_id,
        intervals.opened_at,
        coalesce(intervals.ended_at, {{ last_instant() }}) as ended_at
    from {{ ref('int_opp_open_interval') }} as intervals
    inner join {{ ref('int_opportunity') }} as deals
        on intervals.opportunity_id = deals.opportunity_id
    where deals.account_id is not null
),

account_level as (
    select
        activities.activity_id,
        count(distinct open_intervals.opportunity_id) as open_deal_count,
        min(open_intervals.opportunity_id) as opportunity_id
    from activities
    left join open_intervals
        on
            activities.account_id = open_intervals.account_id
            and activities.started_at >= open_intervals.opened_at
            and activities.started_at < open_intervals.ended_at
    where activities.opportunity_id is null
    group by activities.activity_id
)

select
    activities.activity_id,
    activities.activity_type,
    activities.outcome,
    activities.user_id,
    activities.account_id,
    coalesce(
        activities.opportunity_id,
        case when account_level.open_deal_count = 1 then account_level.opportunity_id end
    ) as opportunity_id,
    activities.started_at,
    activities.activity_on,
    case
        when activities.opportunity_id is not null then 'logged on the deal'
        when account_level.open_deal_count = 1 then 'only open deal'
        else 'unassigned'
    end as assignment
from activities
left join account_level
    on activities.activity_id = account_level.activity_id
