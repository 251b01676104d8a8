-- Every value that did not fit the contract, with the text as it came. One scan per table finds the
-- rows; only those are looked at column by column.
with
{%- for table, spec in crm_contract().items() %}
{%- set columns = table_columns(table) %}
rejects_{{ table }} as (
    select
        conformed.source_name,
        '{{ table }}' as table_name,
        conformed.source_file,
        conformed.source_row,
        cast(conformed.{{ spec.key[0] }} as varchar) as record_id,
        checked.column_name,
        case checked.column_name
            {%- for column, column_type in columns.items() if is_cast(column_type) %}
            when '{{ column }}' then conformed.{{ column }}__raw
            {%- endfor %}
        end as raw_value,
        checked.column_type,
        checked.is_required
    from (
        select *
        from (
            {{ conformed(table) | indent(12) }}
        ) as all_rows
        where
            {%- for column in spec.required %}
            {{ 'or ' if not loop.first }}{{ column }} is null
            {%- endfor %}
            {%- for column, column_type in columns.items() if is_cast(column_type) and column not in spec.required %}
            or ({{ column }} is null and {{ column }}__raw is not null)
            {%- endfor %}
    ) as conformed
    inner join (
        {%- for column, column_type in columns.items() if is_cast(column_type) or column in spec.required %}
        {{ 'union all ' if not loop.first }}select '{{ column }}' as column_name, '{{ column_type }}' as column_type, {{ 'true' if column in spec.required else 'false' }} as is_required
        {%- endfor %}
    ) as checked
        on case checked.column_name
            {%- for column, column_type in columns.items() if is_cast(column_type) or column in spec.required %}
            when '{{ column }}' then conformed.{{ column }} is null{{ ' and conformed.' ~ column ~ '__raw is not null' if column not in spec.required }}
            {%- endfor %}
        end
){{ ',' if not loop.last }}
{% endfor %}
,

rejects as (
    {%- for table in crm_contract() %}
    select * from rejects_{{ table }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    source_name,
    table_name,
    source_file,
    source_row,
    record_id,
    column_name,
    raw_value,
    case
        when is_required and raw_value is null then 'key is missing'
        else 'does not fit ' || column_type
    end as reason,
    is_required as is_row_rejected
from rejects
