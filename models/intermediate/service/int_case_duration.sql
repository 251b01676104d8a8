-- How long a case took to be answered and solved, by the wall clock and by its calendar.
with measured as (
    select
        cases.case_id,
        cases.started_at,
        {{ plus_seconds('cases.started_at', 24 * 3600) }} as day_over_at,
        {{ seconds_between('cases.started_at', 'answers.first_reply_at') }}
            as first_response_seconds,
        {{ business_clock('replied', 'answers.first_reply_at') }}
        - {{ business_clock('begun', 'cases.started_at') }} as first_response_business_seconds,
        {{ seconds_between('cases.started_at', 'outcomes.solved_at') }} as resolution_seconds,
        -- Without a status history nobody knows how long a case waited for the customer.
        case
            when outcomes.status_basis <> 'dates'
                then
                    {{ seconds_between('cases.started_at', 'outcomes.solved_at') }}
                    - outcomes.customer_wait_seconds
        end as resolution_net_seconds,
        outcomes.status_basis,
        -- Round the clock there is no outside.
        case when not calendars.is_round_the_clock then cases.started_at >= begun.open_until end
            as is_out_of_hours,
        {{ utc_to_local('cases.started_at', 'calendars.timezone') }} as started_in_calendar
    from {{ ref('int_case') }} as cases
    inner join {{ ref('int_case_answer') }} as answers
        on cases.case_id = answers.case_id
    inner join {{ ref('int_case_outcome') }} as outcomes
        on cases.case_id = outcomes.case_id
    left join {{ ref('int_business_calendar') }} as calendars
        on
            cases.business_hours_id = calendars.business_hours_id
            and calendars.is_usable
    {{ business_clock_join('begun', 'cases.business_hours_id', 'cases.started_at') }}
    {{ business_clock_join('replied', 'cases.business_hours_id', 'answers.first_reply_at') }}
),

decided as (
    select
        *,
        case when day_over_at < {{ as_of_timestamp() }} then day_over_at end
            as resolution_decided_at
    from measured
)

select
    case_id,
    first_response_seconds / 60.0 as first_response_minutes,
    first_response_business_seconds / 60.0 as first_response_business_minutes,
    resolution_seconds / 3600.0 as resolution_hours,
    resolution_net_seconds / 3600.0 as resolution_net_hours,
    resolution_decided_at,
    -- Not solved, or solved and open again, is not solved in time.
    case
        when resolution_decided_at is not null
            then coalesce(resolution_seconds <= 24 * 3600, false)
    end as is_resolved_within_24h,
    case
        when resolution_decided_at is not null and status_basis <> 'dates'
            then coalesce(resolution_net_seconds <= 24 * 3600, false)
    end as is_resolved_within_24h_net,
    is_out_of_hours,
    cast(started_in_calendar as date) as calendar_date,
    cast({{ iso_weekday('started_in_calendar') }} as integer) as calendar_weekday,
    cast(extract(hour from started_in_calendar) as integer) as calendar_hour
from decided
