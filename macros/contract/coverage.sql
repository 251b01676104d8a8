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
