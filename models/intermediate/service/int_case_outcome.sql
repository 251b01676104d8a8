-- Where the status history left each case at as_of. A case that was solved and reopened is solved only
-- when it was solved for the last time.
with segments as (
    select
        *,
        not is_solved
        and lag(is_solved) over (partition by case_id order by from_at) as is_reopening,
        is_solved
        and coalesce(lag(is_solved) over (partition by case_id order by from_at), false) = false as is_solving
    from {{ ref('int_case_status_segment') }}
),

lives as (
    select
        case_id,
        min(from_at) as started_at,
        max(to_at) as ended_at,
        min(status_basis) as status_basis,
        max_by(status, from_at) as status,
        max(case when not is_solved then to_at end) as last_unsolved_at,
        min(case when is_solving then from_at end) as first_solved_at,
        count_if(is_reopening) as n_reopens,
        min(case when is_reopening then from_at end) as first_reopened_at,
        sum(case when status_group = 'waiting_customer' then {{ seconds_between('from_at', 'to_at') }} else 0 end)
            as customer_wait_seconds
    from segments
    group by case_id
)

select
    case_id,
    status,
    status_basis,
    case when coalesce(last_unsolved_at < ended_at, true) then coalesce(last_unsolved_at, started_at) end
        as solved_at,
    first_solved_at,
    first_reopened_at,
    cast(n_reopens as integer) as reopen_count,
    cast(customer_wait_seconds as bigint) as customer_wait_seconds
from lives
