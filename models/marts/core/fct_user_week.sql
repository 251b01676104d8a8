-- Everybody who held a licence on a day of the week, or leads somebody.
with users as (
    select * from {{ ref('dim_user') }}
    where is_human
),

managers as (
    select distinct manager_user_id as user_id
    from {{ ref('dim_user') }}
    where manager_user_id is not null and is_human
),

weeks as (
    select
        iso_week_start as week_start,
        {{ date_plus_days('iso_week_start', 6) }} as week_end
    from {{ ref('dim_date') }}
    where has_happened
    group by iso_week_start
),

user_weeks as (
    select
        users.*,
        weeks.week_start,
        weeks.week_end,
        managers.user_id is not null as is_someones_manager,
        case
            when users.is_crm_licensed
                then greatest(
                        0,
                        1 + {{ days_between(
                            'greatest(weeks.week_start,'
                            ~ ' coalesce(users.licensed_from, weeks.week_start))',
                            'least(weeks.week_end, coalesce(users.licensed_to, weeks.week_end))'
                        ) }}
                    )
            else 0
        end as licensed_days,
        coalesce(users.hired_on <= weeks.week_end, true)
        and coalesce(users.left_on >= weeks.week_start, true) as is_employed
    from users
    cross join weeks
    left join managers
        on users.user_id = managers.user_id
),

logins as (
    select
        user_id,
        {{ iso_week_start(reporting_date('event_at')) }} as week_start,
        count_if(
            event_type = 'login' and coalesce(login_status, 'success') = 'success'
            and coalesce(channel, '') <> 'api'
        ) as login_count,
        count_if(event_type = 'dashboard_view' and coalesce(channel, '') <> 'api')
            as dashboard_view_count
    from {{ ref('crm_login_history') }}
    where event_at < {{ as_of_timestamp() }}
    group by user_id, {{ iso_week_start(reporting_date('event_at')) }}
),

-- What keeps the CRM up to date. Automated activities are nobody's work.
maintaining_actions as (
    select
        user_id,
        completed_at as acted_at
    from {{ ref('crm_activity') }}
    where not coalesce(is_automated, false)
    union all
    select
        changed_by_user_id as user_id,
        changed_at as acted_at
    from {{ ref('crm_field_history') }}
    union all
    select
        created_by_user_id as user_id,
        sent_at as acted_at
    from {{ ref('crm_quote') }}
),

action_weeks as (
    select
        user_id,
        {{ iso_week_start(reporting_date('acted_at')) }} as week_start,
        count(*) as action_count
    from maintaining_actions
    where user_id is not null and acted_at < {{ as_of_timestamp() }}
    group by user_id, {{ iso_week_start(reporting_date('acted_at')) }}
),

absences as (
    select distinct
        user_id,
        week_start
    from {{ ref('user_absence_week') }}
),

departments as (
    select distinct department
    from users
    where department is not null
),

-- The narrowest row that contains the end of the week; a total is no target of a department.
targets as (
    select
        departments.department,
        weeks.week_start,
        cast(targets.target_value as double) as target_rate
    from departments
    cross join weeks
    inner join {{ ref('crm_kpi_target') }} as targets
        on
            targets.metric_name = 'crm_adoption_rate'
            and targets.dim_name = 'department'
            and departments.department = targets.dim_value
            and targets.target_value > 0
            and weeks.week_end >= targets.period_start
            and weeks.week_end <= coalesce(targets.period_end, weeks.week_end)
    qualify row_number() over (
            partition by departments.department, weeks.week_start
            order by
                {{ days_between(
                    'targets.period_start',
                    "coalesce(targets.period_end, cast('9999-12-31' as date))"
                ) }} asc,
                targets.period_start desc
        ) = 1
)

select
    user_weeks.user_id,
    user_weeks.week_start,
    user_weeks.week_end,
    user_weeks.rep,
    user_weeks.team,
    user_weeks.department,
    user_weeks.region,
    cast(user_weeks.licensed_days as integer) as licensed_days,
    absences.user_id is not null as is_absent,
    user_weeks.licensed_days >= {{ parameter('licence_days_in_week') }}
    and absences.user_id is null as is_licensed,
    cast(coalesce(logins.login_count, 0) as integer) as login_count,
    cast(coalesce(action_weeks.action_count, 0) as integer) as maintaining_action_count,
    coalesce(logins.login_count, 0) > 0 as has_logged_in,
    coalesce(logins.login_count, 0) > 0 and coalesce(action_weeks.action_count, 0) > 0
        as has_adopted,
    user_weeks.is_someones_manager and user_weeks.is_employed and absences.user_id is null
        as is_manager,
    cast(coalesce(logins.dashboard_view_count, 0) as integer) as dashboard_view_count,
    targets.target_rate
from user_weeks
left join logins
    on
        user_weeks.user_id = logins.user_id
        and user_weeks.week_start = logins.week_start
left join action_weeks
    on
        user_weeks.user_id = action_weeks.user_id
        and user_weeks.week_start = action_weeks.week_start
left join absences
    on
        user_weeks.user_id = absences.user_id
        and user_weeks.week_start = absences.week_start
left join targets
    on
        user_weeks.department = targets.department
        and user_weeks.week_start = targets.week_start
where
    user_weeks.licensed_days > 0
    or (user_weeks.is_someones_manager and user_weeks.is_employed)
