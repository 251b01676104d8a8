{#- A threshold or window of seed kpi_parameter as a number. -#}
{% macro parameter(name) -%}
    (select cast(max(value) as double) from {{ ref('kpi_parameter') }} where parameter = '{{ name }}')
{%- endmacro %}

{#- A choice of seed kpi_parameter as text. -#}
{% macro text_parameter(name) -%}
    (select max(value) from {{ ref('kpi_parameter') }} where parameter = '{{ name }}')
{%- endmacro %}
