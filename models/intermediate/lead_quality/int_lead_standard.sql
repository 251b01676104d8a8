-- Every field an accepted lead must have (seed required_field), as it was when it was accepted.
-- What sales has to confirm is met when it is confirmed.
{%- set columns = crm_contract()['lead']['columns'] %}
with accepted_leads as (
    select
        lead_id,
        sal_at,
        sal_on,
        rep,
        lead_source,
        source_name
    from {{ ref('int_lead') }}
    where sal_at is not null
),

records as (
    select * from {{ ref('crm_lead') }}
),

required_fields as (
    select
        field_name,
        valid_from
    from {{ ref('required_field') }}
    where object_type = 'lead'
),

tracked as (
    select
        source_name,
        field_name
    from {{ ref('int_tracked_field') }}
    where object_type = 'lead'
),

placeholders as (
    select
        field_name,
        lower(value) as value
    from {{ ref('placeholder_value') }}
    where object_type = 'lead'
),

required_values as (
    select
        accepted_leads.lead_id,
        accepted_leads.sal_on,
        accepted_leads.rep,
        accepted_leads.lead_source,
        required_fields.field_name,
        tracked.field_name is not null as is_as_was,
        case
            when value_then.record_id is not null then value_then.value
            {%- for column in columns %}
            when required_fields.field_name = '{{ column }}'
                then cast(records.{{ column }} as varchar)
            {%- endfor %}
        end as value
    from accepted_leads
    inner join records
        on accepted_leads.lead_id = records.lead_id
    inner join required_fields
        on required_fields.valid_from is null or accepted_leads.sal_on >= required_fields.valid_from
    left join tracked
        on
            accepted_leads.source_name = tracked.source_name
            and required_fields.field_name = tracked.field_name
    left join {{ ref('int_field_value') }} as value_then
        on
            accepted_leads.lead_id = value_then.record_id
            and value_then.object_type = 'lead'
            and required_fields.field_name = value_then.field_name
            and accepted_leads.sal_at >= value_then.valid_from
            and accepted_leads.sal_at < value_then.valid_to
)

select
    required_values.lead_id,
    required_values.sal_on,
    required_values.field_name as field,
    required_values.rep,
    required_values.lead_source,
    required_values.is_as_was,
    nullif(trim(required_values.value), '') is not null
    and lower(required_values.value) <> 'false'
    and count(placeholders.value) = 0 as is_met
from required_values
left join placeholders
    on
        placeholders.field_name in (required_values.field_name, '*')
        and lower(trim(required_values.value)) = placeholders.value
group by
    required_values.lead_id,
    required_values.sal_on,
    required_values.field_name,
    required_values.rep,
    required_values.lead_source,
    required_values.is_as_was,
    required_values.value
