{#- Median of a measure per period and slice, recomputed from the rows of each period (G2).

    metric      name in kpi_definition; its grains decide the periods
    relation    CTE or ref with one row per observation
    date        its local date column
    measure     numeric expression; NULL measures are left out
    dimensions  as in kpi_cells
    quantiles   variants of the total, {'p90': 0.9}
    variant     publish the median itself as this variant instead of the main reading
    note        {'label': text, 'count': aggregate over the same rows, measured or not}: published as
                `label=count` on the main reading if above 0
    unconverted aggregate expression over the same rows: amount missing for want of an exchange rate

    One row per metric × period × slice with the columns of `cell_columns()`. -#}
{% macro kpi_median_cells(metric, relation, date, measure, dimensions=[], quantiles={}, variant=none, note=none, unconverted=none) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
    {%- set dimensions = allowed_dimensions(dimensions) -%}
    {%- set columns, sets = all_dimension_columns(dimensions), dimension_sets(dimensions) -%}
select cells.*
from (
    with observations as (
        select
            periods.grain as cell_grain,
            periods.period_start as cell_period_start,
            {%- for column in columns %}
            coalesce(cast(observed.{{ column }} as varchar), '(unknown)') as cell_{{ column }},
            {%- endfor %}
            cast({{ measure }} as double) as measure
            {%- if note or unconverted %},
            observed.*
            {%- endif %}
        from {{ relation }} as observed
        inner join {{ ref('int_period') }} as periods
            on
                periods.base_grain = 'month'
                and periods.base_start = {{ month_start('observed.' ~ date) }}
        inner join {{ ref('int_metric_grain') }} as metric_grains
            on
                periods.grain = metric_grains.grain
                and metric_grains.metric_name = '{{ metric }}'
        {%- if not (note or unconverted) %}
        where {{ measure }} is not null
        {%- endif %}
    ),

    grouped as (
        select
            cell_grain,
            cell_period_start,
            {%- for column in columns %}
            cell_{{ column }},
            {%- endfor %}
            {{ set_number(prefixed_sets(sets), prefixed(columns)) | indent(12) }} as set_number,
            median(measure) as median_value,
            cast({{ note.count if note else 'null' }} as bigint) as note_count,
            cast({{ unconverted or 'null' }} as double) as unconverted_amount,
            count(measure) as n
        from observations
        group by grouping sets (
            {%- for set in sets %}
            ({{ (['cell_grain', 'cell_period_start'] + prefixed(set)) | join(', ') }}){{ ',' if not loop.last }}
            {%- endfor %}
        )
    ),

    {%- if quantiles %}

    -- Of the total only: every further quantile of every slice would hold all rows once more.
    totals as (
        select
            cell_grain,
            cell_period_start,
            {%- for name, share in quantiles.items() %}
            percentile_cont({{ share }}) within group (order by measure) as {{ name }}_value{{ ',' if not loop.last }}
            {%- endfor %}
        from observations
        group by cell_grain, cell_period_start
    ),
    {%- endif %}

    labelled as (
        select
            {{ "'" ~ variant ~ "'" if variant else 'cast(null as varchar)' }} as variant,
            {{ dimension_labels(sets, dimensions, variant) | indent(12) }},
            median_value as value,
            grouped.*
        from grouped
        {%- for name in quantiles %}
        union all
        select
            '{{ name }}' as variant,
            'variant' as dimension,
            '{{ name }}' as dimension_value,
            totals.{{ name }}_value as value,
            grouped.*
        from grouped
        inner join totals
            on
                grouped.cell_grain = totals.cell_grain
                and grouped.cell_period_start = totals.cell_period_start
        where grouped.set_number = 0
        {%- endfor %}
    )

    {{ select_cells(
        "(select '" ~ metric ~ "' as metric_name, cell_grain as grain, cell_period_start as period_start, "
        ~ "variant, dimension, dimension_value, value, n, "
        ~ ("'" ~ note.label ~ "'" if note else 'null') ~ " as note_label, note_count, unconverted_amount from labelled) as labelled_cells",
        ['metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
         'note_label', 'note_count', 'unconverted_amount']
    ) | indent(4) }}
) as cells
{%- endmacro %}
