-- Policy and priority of a case as they were (G12). What is promised after a case was solved for
-- good binds nobody.
with cases as (
    select * from {{ ref('int_case') }}
    where not is_excluded
),

{% for field in ['sla_policy_id', 'priority'] %}
{{ field }}_values as (
    select
        cases.case_id,
        case
            when recorded.record_id is null then cases.{{ field }}
            {%- if field == 'sla_policy_id' %}
            else coalesce(recorded.value, cases.contract_sla_policy_id)
            {%- else %}
            else recorded.value
            {%- endif %}
        end as {{ field }},
        greatest(recorded.valid_from, cases.started_at) as from_at,
        coalesce(recorded.valid_to, {{ last_instant() }}) as to_at
    from cases
    left join {{ ref('int_field_value') }} as recorded
        on
            cases.case_id = recorded.record_id
            and recorded.object_type = 'case'
            and recorded.field_name = '{{ field }}'
),
{% endfor %}
agreements as (
    select
        policies.case_id,
        policies.sla_policy_id,
        priorities.priority,
        greatest(policies.from_at, priorities.from_at) as from_at,
        least(
            policies.to_at,
            priorities.to_at,
            coalesce(outcomes.solved_at, {{ as_of_timestamp() }})
        ) as to_at,
        outcomes.started_at
    from sla_policy_id_values as policies
    inner join priority_values as priorities
        on
            policies.case_id = priorities.case_id
            and policies.from_at < priorities.to_at
            and policies.to_at > priorities.from_at
    inner join {{ ref('int_case_outcome') }} as outcomes
        on policies.case_id = outcomes.case_id
)

select
    case_id,
    sla_policy_id,
    lower(priority) as priority,
    started_at,
    from_at,
    to_at
from agreements
-- A case that was solved the moment it began keeps its one agreement.
where from_at < to_at or (from_at = started_at and to_at = started_at)
