-- Every required field (seed required_field) of the accounts and contacts that are left after
-- merges, and whether it is filled. What only looks like a value (seed placeholder_value) is none.
{%- set tables = ['account', 'contact'] %}
with owners as (
    select
        account_id,
        region,
        rep
    from {{ ref('dim_account') }}
),

required_fields as (
    select
        object_type,
        field_name
    from {{ ref('required_field') }}
    where
        object_type in ('account', 'contact')
        and coalesce(valid_from <= {{ as_of_date() }}, true)
),

placeholders as (
    select
        object_type,
        field_name,
        lower(trim(value)) as value
    from {{ ref('placeholder_value') }}
    where object_type in ('account', 'contact', '*')
),

{%- for table in tables %}

{{ table }}_values as (
    select
        '{{ table }}' as object_type,
        records.{{ table }}_id as record_id,
        records.account_id,
        required_fields.field_name,
        case required_fields.field_name
            {%- for column in crm_contract()[table]['columns'] %}
            when '{{ column }}' then cast(records.{{ column }} as varchar)
            {%- endfor %}
        end as value
    from {{ ref('crm_' ~ table) }} as records
    inner join required_fields
        on required_fields.object_type = '{{ table }}'
    where records.master_{{ table }}_id is null
),
{%- endfor %}

all_values as (
    select * from account_values
    union all
    select * from contact_values
)

select
    all_values.object_type,
    all_values.record_id,
    all_values.object_type || '.' || all_values.field_name as field,
    owners.region,
    owners.rep,
    nullif(trim(all_values.value), '') is not null and max(placeholders.value) is null as is_filled
from all_values
left join owners
    on all_values.account_id = owners.account_id
left join placeholders
    on
        placeholders.object_type in (all_values.object_type, '*')
        and placeholders.field_name in (all_values.field_name, '*')
        and lower(trim(all_values.value)) = placeholders.value
group by
    all_values.object_type,
    all_values.record_id,
    all_values.field_name,
    all_values.value,
    owners.region,
    owners.rep
