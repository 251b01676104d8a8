-- Every value that did not fit the contract, with the text as it came. One scan per table finds the
-- rows; only those are looked at column by column.
with
{%- for table, spec in contract_tables().items() %}
{%- set columns = table_columns(table) %}
{%- set checked = [('updated_at', 'timestamp', false)] %}
{%- for column, column_type in columns.items() %}
{%- if is_cast(column_type) or column in spec.required %}
{%- do checked.append((column, column_type, column in spec.required)) %}
{%- endif %}
{%- endfor %}
checked_{{ table }} as (
    {%- for column, column_type, is_required in checked %}
    select
        '{{ column }}' as column_name,
        '{{ column_type }}' as column_type,
        {{ is_required | lower }} as is_required
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

failed_{{ table }} as (
    select *
    from ({{ conformed(table) }}) as conformed
    where {{ any_failed(checked) }}
),

rejects_{{ table }} as (
    select
        failed.source_name,
        '{{ table }}' as table_name,
        failed.source_file,
        failed.source_row,
        cast(failed.{{ spec.key[0] }} as varchar) as record_id,
        checked.column_name,
        {{ failed_text(checked) }} as raw_value,
        checked.column_type,
        checked.is_required
    from failed_{{ table }} as failed
    inner join checked_{{ table }} as checked
        on {{ is_failed_column(checked) }}
),
{% endfor %}
rejects as (
    {%- for table in contract_tables() %}
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
