{#- A date expression of a contract table as a local day: timestamps in the reporting zone, dates as is. -#}
{% macro event_date(table, expression) -%}
    {%- set columns = crm_contract()[table].columns -%}
    {%- if columns.get(expression) == 'date' -%}
        {{ expression }}
    {%- else -%}
        {{ reporting_date(expression) }}
    {%- endif -%}
{%- endmacro %}

{% macro max_merge_depth() -%}
    {%- do return(50) -%}
{%- endmacro %}

{#- A setting as a SQL text, or null where it is not set. -#}
{% macro text_or_null(value) -%}
    {{ "'" ~ value | replace("'", "''") ~ "'" if value else 'null' }}
{%- endmacro %}

{#- True for a row that has all parts of its key that must be there. -#}
{% macro has_key(table) -%}
    {%- for column in crm_contract()[table].required -%}
        {{ ' and ' if not loop.first }}{{ column }} is not null
    {%- endfor -%}
{%- endmacro %}

{#- The key of a table in one column: itself, or its parts joined. -#}
{% macro key_text(table) -%}
    {%- set key = crm_contract()[table].key -%}
    {%- if key | length == 1 -%}
        {{ key[0] }}
    {%- else -%}
        concat_ws('|'
        {%- for column in key -%}
            , coalesce(cast({{ column }} as varchar), '')
        {%- endfor -%}
        )
    {%- endif -%}
{%- endmacro %}

{#- The last local day, up to as_of, on which a row of a contract table began, was answered, closed or
    ended: a month in which nothing began is still covered. -#}
{% macro last_event_date(table) -%}
    {%- set spec = crm_contract()[table] -%}
    {%- set days = [] -%}
    {%- for expression in [spec.dated_by] + spec.also_dated_by -%}
        {%- set day = event_date(table, expression) -%}
        {%- do days.append('max(case when ' ~ day ~ ' <= ' ~ as_of_date() ~ ' then ' ~ day ~ ' end)') -%}
    {%- endfor -%}
    {{ 'greatest(' ~ days | join(', ') ~ ')' if days | length > 1 else days[0] }}
{%- endmacro %}
