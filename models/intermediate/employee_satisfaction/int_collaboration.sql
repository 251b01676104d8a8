-- Won deals and solved cases, and who worked on them. Handing a record over is no work: only
-- completed activities of people count.
with records as (
    select
        'opportunity' as object_type,
        opportunity_id as record_id,
        closed_on as completed_on,
        team,
        department,
        region
    from {{ ref('fct_opportunity') }}
    where is_won and closed_on is not null
    union all
    select
        'case' as object_type,
        case_id as record_id,
        solved_on as completed_on,
        team,
        department,
        region
    from {{ ref('fct_case') }}
    where is_solved and not is_excluded
),

work as (
    select
        case when activities.case_id is not null then 'case' else 'opportunity' end as object_type,
        coalesce(activities.case_id, activities.opportunity_id) as record_id,
        users.user_id,
        users.department
    from {{ ref('crm_activity') }} as activities
    inner join {{ ref('dim_user') }} as users
        on activities.user_id = users.user_id
    where
        users.is_human
        and not coalesce(activities.is_automated, false)
        and activities.completed_at < {{ as_of_timestamp() }}
        and coalesce(activities.case_id, activities.opportunity_id) is not null
),

workers as (
    select
        object_type,
        record_id,
        count(distinct user_id) as user_count,
        count(distinct department) as department_count
    from work
    group by object_type, record_id
)

select
    records.object_type,
    records.record_id,
    records.completed_on,
    records.team,
    records.department,
    records.region,
    coalesce(workers.user_count, 0) as user_count,
    coalesce(workers.department_count, 0) as department_count,
    coalesce(workers.user_count >= 2 and workers.department_count >= 2, false) as is_collaboration
from records
left join workers
    on
        records.object_type = workers.object_type
        and records.record_id = workers.record_id
