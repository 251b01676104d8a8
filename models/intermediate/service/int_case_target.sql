-- Which target was in force when (G12): the priority and policy the case had, and the version of the
-- policy that was valid. Before its first target a case waits for one: the time counts, but nothing can
-- be exceeded yet.
with
{%- for field, now in [('sla_policy_id', 'sla_policy_id'), ('priority', 'priority')] %}
{{ field }}_values as (
    select
        cases.case_id,
        case when recorded.record_id is null then cases.{{ now }} else recorded.value end as value,
        greatest(coalesce(recorded.valid_from, cases.started_at), cases.started_at) as from_at,
        coalesce(recorded.valid_to, {{ last_instant() }}) as to_at
    from {{ ref('int_case') }} as cases
    left join {{ ref('int_field_value') }} as recorded
        on
            cases.case_id = recorded.record_id
            and recorded.object_type = 'case'
            and recorded.field_name = '{{ field }}'
            and recorded.valid_to > cases.started_at
),
{% endfor %}
policy_versions as (
    select
        sla_policy_id,
        metric as sla_metric,
        priority,
        is_premium,
        target_minutes,
        lower(clock) as clock,
        replace(replace(lower(pause_statuses), ' |', '|'), '| ', '|') as pause_statuses,
        {{ day_start_at('valid_from') }} as valid_from_at,
        {{ day_start_at(date_plus_days('valid_to', 1)) }} as valid_to_at,
        -- Two versions are never in force at once: the later one ends the earlier.
        {{ day_start_at(
            'lead(valid_from) over (partition by sla_policy_id, metric, priority order by valid_from)'
        ) }} as replaced_at
    from {{ ref('crm_sla_policy') }}
    -- next_response has no settled definition and is not measured.
    where metric in ('first_response', 'resolution')
),

targets as (
    select
        cases.case_id,
        cases.started_at,
        policies.sla_metric,
        policies.sla_policy_id,
        policies.priority,
        coalesce(policies.is_premium, false) as is_premium,
        policies.clock,
        policies.pause_statuses,
        policies.target_minutes,
        greatest(policy_values.from_at, priority_values.from_at, policies.valid_from_at) as from_at,
        least(
            policy_values.to_at,
            priority_values.to_at,
            policies.valid_to_at,
            policies.replaced_at,
            {{ as_of_timestamp() }}
        ) as to_at
    from {{ ref('int_case') }} as cases
    inner join sla_policy_id_values as policy_values
        on cases.case_id = policy_values.case_id
    inner join priority_values
        on
            cases.case_id = priority_values.case_id
            and policy_values.from_at < priority_values.to_at
            and priority_values.from_at < policy_values.to_at
    inner join policy_versions as policies
        on
            coalesce(policy_values.value, cases.contract_sla_policy_id) = policies.sla_policy_id
            and lower(priority_values.value) = lower(policies.priority)
    where not cases.is_excluded
),

in_force as (
    select
        *,
        coalesce(
            lag(to_at) over (partition by case_id, sla_metric order by from_at), started_at
        ) as waits_from_at
    from targets
    where from_at < to_at and target_minutes is not null
)

select
    case_id,
    sla_metric,
    sla_policy_id,
    priority,
    is_premium,
    clock,
    pause_statuses,
    target_minutes,
    from_at,
    to_at
from in_force
union all
select
    case_id,
    sla_metric,
    sla_policy_id,
    priority,
    is_premium,
    clock,
    pause_statuses,
    cast(null as integer) as target_minutes,
    waits_from_at as from_at,
    from_at as to_at
from in_force
where waits_from_at < from_at
