-- How every open promise stood at the end of each month, and at as_of in the month that is not
-- over.
with month_ends as (
    select
        month_start,
        least(
            {{ day_start_at(date_plus_months('month_start', 1)) }}, {{ as_of_timestamp() }}
        ) as ends_at
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

-- Only stretches that reach into another month, or to as_of, can hold the end of a month.
long_stretches as (
    select *
    from {{ ref('int_case_sla_segment') }}
    where
        target_seconds is not null
        and (
            {{ month_start(reporting_date('from_at')) }}
            < {{ month_start(reporting_date('to_at')) }}
            or to_at = {{ as_of_timestamp() }}
        )
),

running as (
    select
        stretches.case_id,
        stretches.sla_metric,
        stretches.sla_target_id,
        stretches.from_at,
        stretches.is_paused,
        stretches.clock_reading,
        stretches.is_measured,
        stretches.elapsed_before_seconds,
        stretches.target_seconds,
        month_ends.month_start,
        month_ends.ends_at,
        case when stretches.clock_reading is not null then cases.business_hours_id end
            as running_calendar
    from long_stretches as stretches
    inner join month_ends
        on
            stretches.from_at < month_ends.ends_at
            and stretches.to_at >= month_ends.ends_at
    inner join {{ ref('int_case') }} as cases
        on stretches.case_id = cases.case_id
),

measured as (
    select
        running.*,
        running.elapsed_before_seconds
        + case
            when running.is_paused then 0
            when running.running_calendar is not null
                then {{ business_clock('ended', 'running.ends_at') }} - running.clock_reading
            else {{ seconds_between('running.from_at', 'running.ends_at') }}
        end as elapsed_seconds
    from running
    {{ business_clock_join('ended', 'running.running_calendar', 'running.ends_at') }}
    where running.is_measured
),

judged as (
    select
        measured.*,
        -- Used up to the minute is not broken yet.
        coalesce(decisions.used_up_at < measured.ends_at and decisions.is_exceeded, false)
        and measured.elapsed_seconds <> measured.target_seconds as is_broken
    from measured
    inner join {{ ref('int_case_sla_decision') }} as decisions
        on
            measured.case_id = decisions.case_id
            and measured.sla_metric = decisions.sla_metric
    inner join {{ ref('int_case_sla') }} as instances
        on
            measured.case_id = instances.case_id
            and measured.sla_metric = instances.sla_metric
            and instances.no_answer_reason is null
)

select
    case_id,
    sla_metric,
    month_start,
    ends_at,
    sla_target_id,
    elapsed_seconds / 60.0 as elapsed_minutes,
    is_broken,
    not is_broken
    and elapsed_seconds >= {{ parameter('at_risk_share') }} * target_seconds as is_at_risk
from judged
