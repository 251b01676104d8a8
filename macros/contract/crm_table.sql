{#- Tables whose records a CRM can merge: a `master_…_id` column names the survivor. -#}
{% macro mergeable_tables() %}
    {%- do return(['account', 'contact', 'lead', 'opportunity', 'support_case']) -%}
{% endmacro %}

{% macro master_column(table) %}
    {%- do return('master_' ~ ('case' if table == 'support_case' else table) ~ '_id') -%}
{% endmacro %}

{#- Tables that lose rows to G7, by their own flags or with the record they belong to. -#}
{% macro excludable_tables() %}
    {%- do return(mergeable_tables() + ['invoice']) -%}
{% endmacro %}

{#- One row per key of all switched-on sources: the latest wins, by the time the source says the row was
    changed, else by the time of its file, then by that time, then by its place in the file. Nothing
    of it depends on the order in which files arrived (README, "The inbox"). -#}
{% macro latest_rows(table, columns='*') -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ table) -%}{%- endif -%}
    {%- set contract = crm_contract()[table] -%}
    select {{ columns if columns is string else columns | join(', ') }}
    from (
        {{ conformed(table) | indent(8) }}
    ) as conformed_{{ table }}
    where {{ has_key(table) }}
    qualify row_number() over (
        partition by source_name, {{ contract.key | join(', ') }}
        order by
            coalesce(updated_at, loaded_at) desc nulls last,
            loaded_at desc nulls last,
            source_file desc,
            source_row desc
    ) = 1
{%- endmacro %}

{#- One contract table: the union of its sources, one row per key, references to merged records
    re-keyed to the survivor (G6), deleted, test and internal records left out (G7). What is left
    out is counted in meta_table_coverage. -#}
{% macro crm_table(table) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ table) -%}{%- endif -%}
    {%- set contract = crm_contract()[table] -%}
    {%- set rekeyed = [] -%}
    {%- for column, parent in contract.references.items() if parent in mergeable_tables() -%}
        {%- do rekeyed.append(column) -%}
    {%- endfor -%}
    {%- set checked = [] -%}
    {%- if table in excludable_tables() -%}
        {%- do checked.append([table, contract.key[0]]) -%}
    {%- endif -%}
    {%- for column in contract.belongs_to -%}
        {%- do checked.append([contract.references[column], column]) -%}
    {%- endfor -%}
with latest as (
    {{ latest_rows(table) | indent(4) }}
),

survivors as (
    select
        {%- for column in table_columns(table) %}
        {% if column in rekeyed -%}
        coalesce(key_{{ column }}.survivor_id, latest.{{ column }}) as {{ column }}
        {%- else -%}
        latest.{{ column }}
        {%- endif -%}
        {{- ',' }}
        {%- endfor %}
        latest.source_name
    from latest
    {%- for column in rekeyed %}
    left join {{ ref('meta_merge_key') }} as key_{{ column }}
        on
            latest.{{ column }} = key_{{ column }}.record_id
            and key_{{ column }}.object_type = '{{ contract.references[column] }}'
    {%- endfor %}
)

select survivors.*
from survivors
{%- for parent, column in checked %}
left join {{ ref('meta_exclusion') }} as excluded_{{ loop.index }}
    on
        survivors.{{ column }} = excluded_{{ loop.index }}.record_id
        and excluded_{{ loop.index }}.object_type = '{{ parent }}'
{%- endfor %}
{%- for _ in checked %}
{{ 'where' if loop.first else '    and' }} excluded_{{ loop.index }}.record_id is null
{%- endfor %}
{%- endmacro %}
