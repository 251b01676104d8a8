-- Every value that did not fit the contract, with the text as it came. One scan per table finds the
-- rows; only those are looked at column by column.
with
{%- for table in crm_contract() %}
{%- set contract, columns = crm_contract()[table], table_columns(table) %}
failed_{{ table }} as (
    select *
    from (
        {{ conformed(table) | indent(8) }}
    ) as conformed_{{ table }}
    where
        {%- for column in contract.required %}
        {{ 'or ' if not loop.first }}{{ column }} is null
        {%- endfor %}
        {%- for column, column_type in columns.items() if is_cast(column_type) %}
        or ({{ column }} is null and {{ column }}__raw is not null)
        {%- endfor %}
){{ ',' if not loop.last }}
{% endfor %}
{%- for table in crm_contract() %}
{%- set outer = loop %}
{%- set contract, columns = crm_contract()[table], table_columns(table) %}
{%- for column, column_type in columns.items() if is_cast(column_type) or column in contract.required %}
{{ 'union all' if not (outer.first and loop.first) }}
select
    source_name,
    '{{ table }}' as table_name,
    source_file,
    source_row,
    cast({{ contract.key[0] }} as varchar) as record_id,
    '{{ column }}' as column_name,
    {{ column ~ '__raw' if is_cast(column_type) else 'cast(null as varchar)' }} as raw_value,
    {%- if is_cast(column_type) %}
    case when {{ column }}__raw is null then 'key is missing' else 'does not fit {{ column_type }}' end as reason,
    {%- else %}
    'key is missing' as reason,
    {%- endif %}
    {{ 'true' if column in contract.required else 'false' }} as is_row_rejected
from failed_{{ table }}
where {{ column }} is null{% if column not in contract.required %} and {{ column }}__raw is not null{% endif %}
{%- endfor %}
{%- endfor %}
