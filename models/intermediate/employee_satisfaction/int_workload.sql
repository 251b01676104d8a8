-- Open items and people of every team at the end of every month, in the open month at as_of.
with months as (
    select
        month_start,
        max(date_day) as snapshot_on
    from {{ ref('dim_date') }}
    where
        has_happened
        and month_start >= (
            select reporting.first_month from {{ ref('meta_reporting') }} as reporting
        )
    group by month_start
),

open_cases as (
    select
        months.month_start,
        {{ as_was_value('owner_then', 'cases.owner_user_id') }} as user_id
    from {{ ref('fct_case') }} as cases
    inner join months
        on
            cases.started_on <= months.snapshot_on
            and (cases.solved_at is null or cases.solved_on > months.snapshot_on)
    {{ as_was_join(
        'owner_then', 'case', 'cases.case_id', 'owner_user_id', day_end_at('months.snapshot_on')
    ) }}
    where not cases.is_excluded
),

-- A task is due when it starts; it was there once it was logged.
open_tasks as (
    select
        months.month_start,
        activities.user_id
    from {{ ref('crm_activity') }} as activities
    inner join months
        on
            {{ reporting_date('activities.started_at') }}
            <= {{ date_plus_days('months.snapshot_on', 7) }}
            and {{ reporting_date('coalesce(activities.logged_at, activities.started_at)') }}
            <= months.snapshot_on
            and (
                activities.completed_at is null
                or {{ reporting_date('activities.completed_at') }} > months.snapshot_on
            )
    where activities.activity_type = 'task' and not coalesce(activities.is_automated, false)
),

items as (
    select
        open_cases.month_start,
        'case' as object_type,
        users.team
    from open_cases
    left join {{ ref('dim_user') }} as users
        on open_cases.user_id = users.user_id
    union all
    select
        open_tasks.month_start,
        'task' as object_type,
        users.team
    from open_tasks
    left join {{ ref('dim_user') }} as users
        on open_tasks.user_id = users.user_id
    union all
    select
        deals.month_start,
        'opportunity' as object_type,
        deals.team
    from {{ ref('int_opp_month') }} as deals
    inner join months
        on deals.month_start = months.month_start
),

people as (
    select
        months.month_start,
        'user' as object_type,
        users.team
    from months
    inner join {{ ref('dim_user') }} as users
        on
            (users.hired_on is null or months.snapshot_on >= users.hired_on)
            and (users.left_on is null or months.snapshot_on < users.left_on)
    where
        users.is_human
        -- Without a day of leaving only today's state is known.
        and (users.is_active or users.left_on is not null)
)

select
    month_start,
    object_type,
    team,
    count(*) as item_count
from items
group by month_start, object_type, team
union all
select
    month_start,
    object_type,
    team,
    count(*) as item_count
from people
group by month_start, object_type, team
