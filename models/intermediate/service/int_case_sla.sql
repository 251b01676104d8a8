-- Every SLA promise on a case and how it ended. Met, broken, not decided yet, or without an answer:
-- the four never stand in for each other.
with clocks as (
    select
        case_id,
        sla_metric,
        max(elapsed_after_seconds) as elapsed_seconds,
        count_if(not is_measured) as n_unmeasured
    from {{ ref('int_case_sla_segment') }}
    group by case_id, sla_metric
),

instances as (
    select
        decisions.case_id,
        decisions.sla_metric,
        decisions.target_to_at,
        decisions.is_exceeded,
        decisions.used_up_at,
        policies.sla_policy_id,
        policies.priority,
        policies.is_premium,
        policies.clock,
        policies.target_minutes,
        cases.account_id,
        cases.source_name,
        cases.business_hours_id,
        cases.started_at,
        coalesce(clocks.elapsed_seconds, 0) / 60.0 as clock_minutes,
        case
            when decisions.sla_metric = 'first_response' then answers.first_reply_at
            else outcomes.solved_at
        end as fulfilled_at,
        outcomes.solved_at,
        outcomes.solved_at is null
        and outcomes.status_basis = 'dates'
        and coalesce(status_groups.status_group = 'solved', false) as has_undated_solution,
        outcomes.solved_at is null as is_undated_or_open,
        coalesce(policies.pause_statuses, '') <> '' and outcomes.status_basis = 'dates'
            as has_unknown_pauses,
        decisions.sla_metric = 'resolution'
        and outcomes.status_basis = 'dates'
        and (
            coalesce(cases.reopen_count, 0) > 0
            or coalesce(cases.first_solved_at < cases.solved_at, false)
        ) as has_unknown_reopening,
        calendars.business_hours_id is not null as has_calendar,
        coalesce(calendars.is_usable, false) as has_usable_calendar,
        coalesce(clocks.n_unmeasured, 0) > 0 as has_unmeasured_time
    from {{ ref('int_case_sla_decision') }} as decisions
    inner join {{ ref('int_sla_target') }} as policies
        on decisions.sla_target_id = policies.sla_target_id
    inner join {{ ref('int_case') }} as cases
        on decisions.case_id = cases.case_id
    inner join {{ ref('int_case_answer') }} as answers
        on decisions.case_id = answers.case_id
    inner join {{ ref('int_case_outcome') }} as outcomes
        on decisions.case_id = outcomes.case_id
    left join clocks
        on
            decisions.case_id = clocks.case_id
            and decisions.sla_metric = clocks.sla_metric
    left join {{ ref('int_business_calendar') }} as calendars
        on cases.business_hours_id = calendars.business_hours_id
    left join {{ ref('case_status_group') }} as status_groups
        on lower(cases.status) = status_groups.status
),

answerable as (
    select
        *,
        case
            when coalesce(clock not in ('business', 'calendar'), true)
                then 'the policy names no clock'
            when clock = 'business' and business_hours_id is null
                then 'the case names no calendar'
            when clock = 'business' and not has_calendar then 'the calendar is not loaded'
            when clock = 'business' and not has_usable_calendar
                then 'the calendar cannot be read'
            -- On a calendar clock by now, but not from the start.
            when has_unmeasured_time and not has_calendar then 'the calendar is not loaded'
            when has_unmeasured_time and not has_usable_calendar then 'the calendar cannot be read'
            when has_unmeasured_time then 'outside the days of the calendar'
            when has_undated_solution and fulfilled_at is null then 'solved without a date'
            when has_unknown_pauses then 'pauses without status history'
            when has_unknown_reopening then 'reopened without status history'
            when
                not is_exceeded
                and target_to_at < {{ as_of_timestamp() }}
                and target_to_at < coalesce(fulfilled_at, {{ last_instant() }})
                and target_to_at < coalesce(solved_at, {{ last_instant() }})
                then 'no target in force at the decision'
        end as no_answer_reason
    from instances
),

decided as (
    select
        *,
        case
            when no_answer_reason is not null then null
            when is_exceeded then false
            when fulfilled_at is not null then true
        end as is_met,
        case when no_answer_reason is null then clock_minutes end as elapsed_minutes,
        fulfilled_at is null and is_undated_or_open and not has_undated_solution as is_open
    from answerable
)

select
    case_id,
    account_id,
    source_name,
    sla_metric,
    sla_policy_id,
    priority,
    is_premium,
    target_minutes,
    clock,
    business_hours_id,
    started_at,
    fulfilled_at,
    case when is_met is not null then least(fulfilled_at, used_up_at) end as decided_at,
    elapsed_minutes,
    elapsed_minutes / nullif(cast(target_minutes as double), 0) as time_ratio,
    is_met,
    is_open,
    coalesce(
        is_open
        and is_met is null
        and elapsed_minutes >= {{ parameter('at_risk_share') }} * target_minutes, false
    ) as is_at_risk,
    coalesce(not is_met, false) and is_open as is_open_breach,
    no_answer_reason
from decided
