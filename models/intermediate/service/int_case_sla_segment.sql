-- The clock of every SLA instance, stretch by stretch: how much of the agreed time had been used
-- before and after each stretch with one status and one target. Solved time is left out: the
-- clock stands.
with stretches as (
    select
        targets.case_id,
        targets.sla_metric,
        targets.sla_target_id,
        targets.is_waiting,
        targets.from_at as target_from_at,
        cases.business_hours_id,
        segments.status,
        greatest(targets.from_at, segments.from_at) as from_at,
        least(
            targets.to_at,
            segments.to_at,
            case when targets.sla_metric = 'first_response' then answers.first_reply_at end
        ) as to_at
    from {{ ref('int_case_target') }} as targets
    inner join {{ ref('int_case_status_segment') }} as segments
        on
            targets.case_id = segments.case_id
            and targets.from_at < segments.to_at
            and targets.to_at > segments.from_at
    inner join {{ ref('int_case') }} as cases
        on targets.case_id = cases.case_id
    inner join {{ ref('int_case_answer') }} as answers
        on targets.case_id = answers.case_id
    where not segments.is_solved
),

clocked as (
    select
        stretches.*,
        policies.clock,
        case when not stretches.is_waiting then 60 * policies.target_minutes end as target_seconds,
        coalesce(
            instr('|' || policies.pause_statuses || '|', '|' || lower(stretches.status) || '|') > 0,
            false
        ) as is_paused
    from stretches
    inner join {{ ref('int_sla_target') }} as policies
        on stretches.sla_target_id = policies.sla_target_id
    where stretches.from_at < stretches.to_at
),

running as (
    select
        *,
        case when clock = 'business' and not is_paused then business_hours_id end
            as running_calendar
    from clocked
),

read_clocks as (
    select
        running.*,
        {{ business_clock('begun', 'running.from_at') }} as clock_reading,
        case
            when running.is_paused then 0
            when running.clock = 'business'
                then
                    {{ business_clock('ended', 'running.to_at') }}
                    - {{ business_clock('begun', 'running.from_at') }}
            when running.clock = 'calendar'
                then {{ seconds_between('running.from_at', 'running.to_at') }}
        end as elapsed_seconds
    from running
    {{ business_clock_join('begun', 'running.running_calendar', 'running.from_at') }}
    {{ business_clock_join('ended', 'running.running_calendar', 'running.to_at') }}
),

summed as (
    select
        *,
        cast(
            sum(elapsed_seconds) over (
                partition by case_id, sla_metric
                order by from_at
                rows between unbounded preceding and current row
            ) as bigint
        ) as elapsed_after_seconds
    from read_clocks
)

select
    case_id,
    sla_metric,
    sla_target_id,
    target_from_at,
    target_seconds,
    status,
    is_paused,
    from_at,
    to_at,
    clock_reading,
    elapsed_seconds is not null as is_measured,
    coalesce(elapsed_after_seconds, 0) - coalesce(elapsed_seconds, 0) as elapsed_before_seconds,
    coalesce(elapsed_after_seconds, 0) as elapsed_after_seconds
from summed
