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

{#- The number of the grouping set a row belongs to, in the order of `sets`. -#}
{% macro set_number(sets, columns) -%}
    case
        {%- for set in sets %}
        when {% for column in columns %}{{ ' and ' if not loop.first }}grouping({{ column }}) = {{ 0 if column in set else 1 }}{% else %}true{% endfor %} then {{ loop.index0 }}
        {%- endfor %}
    end
{%- endmacro %}

{#- The numbers of the grouping sets behind the total and a list of dimensions. -#}
{% macro published_sets(sets, dimensions) %}
    {%- set numbers = [0] -%}
    {%- for dimension in dimensions -%}
        {%- do numbers.append(sets.index(dimension_columns(dimension))) -%}
    {%- endfor -%}
    {%- do return(numbers) -%}
{% endmacro %}

{#- `dimension` and `dimension_value` of a grouped row, by the number of its grouping set. The total
    of a variant is the row `variant`. -#}
{% macro dimension_labels(sets, dimensions, variant=none) -%}
case set_number
    when 0 then '{{ 'variant' if variant else 'total' }}'
    {%- for dimension in dimensions %}
    when {{ sets.index(dimension_columns(dimension)) }} then '{{ dimension }}'
    {%- endfor %}
end as dimension,
case set_number
    when 0 then '{{ variant or 'total' }}'
    {%- for dimension in dimensions %}
    when {{ sets.index(dimension_columns(dimension)) }}
        then {{ joined_members(prefixed(dimension_columns(dimension)), variant) }}
    {%- endfor %}
end as dimension_value
{%- endmacro %}

{% macro joined_members(columns, variant=none) -%}
    {%- set parts = columns + (["'" ~ variant ~ "'"] if variant else []) -%}
    {{ parts | join(" || ' × ' || ") if parts else "'total'" }}
{%- endmacro %}

{#- `dimension` and `dimension_value` of rows grouped by at most one of the columns `cell_<name>`: for
    models whose cells are no cells of kpi_cells (curves, means). -#}
{% macro single_dimension(names) -%}
case
    {%- for name in names %}
    when grouping(cell_{{ name }}) = 0 then '{{ name }}'
    {%- endfor %}
    else 'total'
end as dimension,
case
    {%- for name in names %}
    when grouping(cell_{{ name }}) = 0 then cell_{{ name }}
    {%- endfor %}
    else 'total'
end as dimension_value
{%- endmacro %}
