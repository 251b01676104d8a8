{#- A threshold or window of seed kpi_parameter as a number. -#}
{% macro parameter(name) -%}
    (select cast(max(value) as double) from {{ ref('kpi_parameter') }} where parameter = '{{ name }}')
{%- endmacro %}
