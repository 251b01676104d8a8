-- Every time a solved case was opened again. A customer who only says thanks opens it too: it is
-- solved again without anybody having to answer.
with steps as (
    select
        segments.case_id,
        segments.from_at,
        segments.is_solved,
        lag(segments.is_solved) over stretches as was_solved,
        -- Solved and then closed is one solution, which began when the work ended.
        max(case when not segments.is_solved then segments.to_at end) over (
            stretches rows between unbounded preceding and 1 preceding
        ) as last_worked_at,
        min(case when segments.is_solved then segments.from_at end) over (
            stretches rows between 1 following and unbounded following
        ) as next_solved_at,
        min(segments.from_at) over (partition by segments.case_id) as started_at
    from {{ ref('int_case_status_segment') }} as segments
    inner join {{ ref('int_case_outcome') }} as outcomes
        on
            segments.case_id = outcomes.case_id
            and outcomes.reopen_count > 0
    window stretches as (partition by segments.case_id order by segments.from_at)
),

reopenings as (
    select
        case_id,
        coalesce(last_worked_at, started_at) as solved_at,
        from_at as reopened_at,
        next_solved_at as solved_again_at
    from steps
    where not is_solved and was_solved
),

answered as (
    select
        reopenings.case_id,
        reopenings.reopened_at,
        count(*) as reply_count
    from reopenings
    inner join {{ ref('int_case_reply') }} as replies
        on
            reopenings.case_id = replies.case_id
            and reopenings.reopened_at <= replies.replied_at
            and (
                reopenings.solved_again_at is null
                or reopenings.solved_again_at >= replies.replied_at
            )
    group by reopenings.case_id, reopenings.reopened_at
)

select
    reopenings.case_id,
    reopenings.solved_at,
    reopenings.reopened_at,
    reopenings.solved_again_at,
    cast(coalesce(answered.reply_count, 0) as integer) as reply_count,
    reopenings.solved_again_at is not null and answered.reply_count is null as is_thanks
from reopenings
left join answered
    on
        reopenings.case_id = answered.case_id
        and reopenings.reopened_at = answered.reopened_at
