{#- CTEs that number the slices and periods of a metric: large groupings and sorts then carry two small
    numbers instead of a text per slice column, which is what they cost.

    metric      name in kpi_definition; its grains decide the periods
    relation    CTE with the columns `cell_<column>`, or `cell_total` where there are no others
    columns     slice columns, as of all_dimension_columns()
    sets        lists of them that are sliced by together, as of dimension_sets()

    combinations  combination_id, one row per combination of the slice columns that occurs
    slices        combination_id, slice_id, set_number: the slice of every set the combination is part of
    slice_names   slice_id with its set_number and its columns (those of its set)
    periods       month_start, period_id: the periods a month is part of
    period_names  period_id with its grain and period_start -#}
{% macro cell_keys(metric, relation, columns, sets) -%}
    {%- set keys = prefixed(columns) or ['cell_total'] -%}
    combinations as (
        select
            {{ keys | join(', ') }},
            row_number() over (order by {{ keys | join(', ') }}) as combination_id
        from {{ relation }}
        group by {{ keys | join(', ') }}
    ),

    -- A slice goes by the number of its first combination.
    slices as (
        {%- for set in sets %}
        select
            combination_id,
            {{ loop.index0 }} as set_number,
            {{ sets | length }} * min(combination_id) over (
                {{- 'partition by ' ~ prefixed(set) | join(', ') if set -}}
            ) + {{ loop.index0 }} as slice_id
        from combinations
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ),

    slice_names as {{ computed_once() }} (
        select
            slices.slice_id,
            slices.set_number,
            combinations.*
        from slices
        inner join combinations
            on
                slices.combination_id = combinations.combination_id
                and slices.slice_id = {{ sets | length }} * combinations.combination_id + slices.set_number
    ),

    periods as (
        select
            parts.base_start as month_start,
            parts.grain,
            parts.period_start,
            dense_rank() over (order by parts.grain, parts.period_start) as period_id
        from {{ ref('int_period') }} as parts
        inner join {{ ref('int_metric_grain') }} as metric_grains
            on
                parts.grain = metric_grains.grain
                and metric_grains.metric_name = '{{ metric }}'
        where parts.base_grain = 'month'
    ),

    period_names as (
        select distinct
            period_id,
            grain,
            period_start
        from periods
    )
{%- endmacro %}

{#- Join condition of a relation with its row of `combinations`. -#}
{% macro same_combination(relation, columns) -%}
    {%- for key in prefixed(columns) or ['cell_total'] -%}
        {{ ' and ' if not loop.first }}{{ relation }}.{{ key }} = combinations.{{ key }}
    {%- endfor -%}
{%- endmacro %}

{#- The slice columns of `observed` as `cell_<column>`, NULL members as `(unknown)`. -#}
{% macro slice_columns(columns) -%}
    {%- for column in columns %}
    coalesce(cast(observed.{{ column }} as varchar), '(unknown)') as cell_{{ column }},
    {%- else %}
    'total' as cell_total,
    {%- endfor %}
{%- endmacro %}
