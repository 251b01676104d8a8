-- A good practice is shared at a meeting whose subject names the KPI. The row that began first is
-- the team that shows it; other teams with a row of that subject on the same day receive it.
with meetings as (
    select
        activities.activity_id,
        substr(activities.subject, 10) as compared_metric,
        users.team,
        activities.started_at,
        {{ reporting_date('activities.completed_at') }} as shared_on
    from {{ ref('crm_activity') }} as activities
    inner join {{ ref('dim_user') }} as users
        on activities.user_id = users.user_id
    where
        activities.activity_type = 'meeting'
        and lower(activities.subject) like 'practice:%'
        and activities.completed_at < {{ as_of_timestamp() }}
        and users.team is not null
),

firsts as (
    select
        *,
        row_number() over (
            partition by compared_metric, shared_on order by started_at, activity_id
        ) as row_no
    from meetings
),

teams as (
    select
        compared_metric,
        shared_on,
        team,
        min(row_no) = 1 as is_sharer
    from firsts
    group by compared_metric, shared_on, team
)

select
    compared_metric,
    shared_on,
    team,
    is_sharer,
    {{ date_plus_days('shared_on', parameter('uptake_days')) }} as mature_on
from teams
