{#- The dimensions that may be built: rep and owner slices need rep_level_enabled (G14). -#}
{% macro allowed_dimensions(dimensions) %}
    {%- set allowed = [] -%}
    {%- for dimension in dimensions -%}
        {%- set parts = dimension.split(' × ') -%}
        {%- if var('rep_level_enabled') or ('rep' not in parts and 'owner' not in parts) -%}
            {%- do allowed.append(dimension) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(allowed) -%}
{% endmacro %}

{#- 'rep × stage' -> ['rep', 'stage']; the word variant is no column. -#}
{% macro dimension_columns(dimension) %}
    {%- do return(dimension.split(' × ') | reject('equalto', 'variant') | list) -%}
{% endmacro %}

{#- All columns behind a list of dimensions, each once. -#}
{% macro all_dimension_columns(dimensions) %}
    {%- set columns = [] -%}
    {%- for dimension in dimensions -%}
        {%- for column in dimension_columns(dimension) if column not in columns -%}
            {%- do columns.append(column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(columns) -%}
{% endmacro %}

{#- Distinct grouping sets (lists of columns) behind a list of dimensions, the total first. -#}
{% macro dimension_sets(dimensions) %}
    {%- set sets = [[]] -%}
    {%- for dimension in dimensions if dimension_columns(dimension) not in sets -%}
        {%- do sets.append(dimension_columns(dimension)) -%}
    {%- endfor -%}
    {%- do return(sets) -%}
{% endmacro %}

{#- Members as text; a missing one is `(unknown)`, so that it differs from a column that is rolled up. -#}
{% macro member(column) -%}
    coalesce(cast({{ column }} as varchar), '(unknown)') as {{ column }}
{%- endmacro %}

{#- The number of the grouping set a row belongs to, in the order of `sets`. -#}
{% macro set_number(sets, columns) -%}
    case
        {%- for set in sets %}
        when {% for column in columns %}{{ ' and ' if not loop.first }}grouping({{ column }}) = {{ 0 if column in set else 1 }}{% else %}true{% endfor %} then {{ loop.index0 }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro joined_members(columns, variant=none) -%}
    {%- set parts = columns + (["'" ~ variant ~ "'"] if variant else []) -%}
    {{ parts | join(" || ' × ' || ") if parts else "'total'" }}
{%- endmacro %}
