-- When a person first answered so that the customer could see it, and whether that was within 24
-- hours on the wall clock, nights and weekends included: it is the customer who waits.
with replies as (
    select
        case_id,
        min(replied_at) as replied_at
    from {{ ref('int_case_reply') }}
    group by case_id
),

answers as (
    select
        cases.case_id,
        cases.account_id,
        cases.is_excluded,
        cases.started_at,
        {{ plus_seconds('cases.started_at', 24 * 3600) }} as day_over_at,
        case
            -- A call that was taken is answered at once; a missed one says when it was returned.
            when cases.channel = 'phone' and cases.first_responded_at is null then cases.started_at
            -- The CRM's own stamp of the first public reply of a person; derived where it has none.
            when cases.first_responded_at < {{ as_of_timestamp() }}
                then greatest(cases.first_responded_at, cases.started_at)
            else replies.replied_at
        end as first_reply_at
    from {{ ref('int_case') }} as cases
    left join replies
        on cases.case_id = replies.case_id
),

decided as (
    select
        *,
        case
            when first_reply_at <= day_over_at then first_reply_at
            when day_over_at < {{ as_of_timestamp() }} then day_over_at
        end as answer_decided_at
    from answers
)

select
    case_id,
    account_id,
    is_excluded,
    started_at,
    first_reply_at,
    answer_decided_at,
    case when answer_decided_at is not null then coalesce(first_reply_at <= day_over_at, false) end
        as is_answered_within_24h
from decided
