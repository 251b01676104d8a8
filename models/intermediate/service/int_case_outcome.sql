-- Where its statuses left each case at as_of. A case that was solved and reopened is solved only
-- when it was solved for the last time.
with lives as (
    select
        case_id,
        min(from_at) as started_at,
        max(to_at) as ended_at,
        min(status_basis) as status_basis,
        max_by(status, from_at) as status,
        max(case when not is_solved then to_at end) as last_unsolved_at,
        min(case when is_solved then from_at end) as first_solved_at,
        sum(
            case
                when status_group = 'waiting_customer'
                    then {{ seconds_between('from_at', 'to_at') }}
                else 0
            end
        ) as customer_wait_seconds
    from {{ ref('int_case_status_segment') }}
    group by case_id
),

-- The few cases that went on after they were solved are looked at step by step.
steps as (
    select
        segments.case_id,
        segments.from_at,
        not segments.is_solved
        and lag(segments.is_solved) over (partition by segments.case_id order by segments.from_at)
            as is_reopening
    from {{ ref('int_case_status_segment') }} as segments
    inner join lives
        on
            segments.case_id = lives.case_id
            and lives.first_solved_at < lives.last_unsolved_at
),

reopenings as (
    select
        case_id,
        count(*) as reopen_count,
        min(from_at) as first_reopened_at
    from steps
    where is_reopening
    group by case_id
)

select
    lives.case_id,
    lives.started_at,
    lives.status,
    lives.status_basis,
    case
        when lives.last_unsolved_at is null then lives.started_at
        when lives.last_unsolved_at < lives.ended_at then lives.last_unsolved_at
    end as solved_at,
    lives.first_solved_at,
    reopenings.first_reopened_at,
    cast(coalesce(reopenings.reopen_count, 0) as integer) as reopen_count,
    cast(lives.customer_wait_seconds as bigint) as customer_wait_seconds
from lives
left join reopenings
    on lives.case_id = reopenings.case_id
