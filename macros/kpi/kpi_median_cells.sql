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
    (both must add up from months to longer periods: sums and counts)

    One row per metric × period × slice with the columns of `cell_columns()`. -#}
{% macro kpi_median_cells(metric, relation, date, measure, dimensions=[], quantiles={}, variant=none, note=none, unconverted=none) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
    {%- set dimensions = allowed_dimensions(dimensions) -%}
    {%- set columns, sets = all_dimension_columns(dimensions), dimension_sets(dimensions) -%}
    {%- set added_up = (['note_count'] if note else []) + (['unconverted_amount'] if unconverted else []) -%}
    {%- set ranges = 64 -%}
    {%- set keys = (prefixed(columns) or ['cell_total']) | join(', ') -%}
select cells.*
from (
    with observations as (
        select
            {{ month_start('observed.' ~ date) }} as cell_month,
            {{- slice_columns(columns) | indent(8) }}
            cast({{ measure }} as double) as measure
            {%- if note or unconverted %},
            observed.*
            {%- endif %}
        from {{ relation }} as observed
        {%- if not (note or unconverted) %}
        where {{ measure }} is not null
        {%- endif %}
    ),

    month_counts as (
        select
            cell_month,
            {{ keys }},
            {%- if note %}
            cast({{ note.count }} as bigint) as note_count,
            {%- endif %}
            {%- if unconverted %}
            cast({{ unconverted }} as double) as unconverted_amount,
            {%- endif %}
            count(measure) as n
        from observations
        group by cell_month, {{ keys }}
    ),

    {{ cell_keys(metric, 'month_counts', columns, sets) }},

    slice_months as (
        select
            slices.slice_id,
            slices.set_number,
            month_counts.cell_month,
            {%- for column in added_up %}
            sum(month_counts.{{ column }}) as {{ column }},
            {%- endfor %}
            sum(month_counts.n) as n
        from month_counts
        inner join combinations
            on {{ same_combination('month_counts', columns) }}
        inner join slices
            on combinations.combination_id = slices.combination_id
        group by slices.slice_id, slices.set_number, month_counts.cell_month
    ),

    cell_counts as (
        select
            slice_months.slice_id,
            slice_months.set_number,
            periods.period_id,
            {%- for column in added_up %}
            sum(slice_months.{{ column }}) as {{ column }},
            {%- endfor %}
            cast(sum(slice_months.n) as bigint) as n
        from slice_months
        inner join periods
            on slice_months.cell_month = periods.month_start
        group by slice_months.slice_id, slice_months.set_number, periods.period_id
    ),

    -- The place of a quantile among the n values of a cell in their order, the first being 0; it lies
    -- between two of them where it is no whole number. Further quantiles are published of the total only.
    quantiles as (
        select
            *,
            0 as quantile_number,
            0.5 * (n - 1) as place
        from cell_counts
        {%- for share in quantiles.values() %}
        union all
        select
            *,
            {{ loop.index }} as quantile_number,
            cast({{ share }} as double) * (n - 1) as place
        from cell_counts
        where set_number = 0
        {%- endfor %}
    ),

    -- Every value is part of many cells, one per set and period. Instead of putting the values of all
    -- cells in order, the cells count them by range and order those of the range the quantile is in.
    ranged_values as (
        select
            combinations.combination_id,
            observations.cell_month,
            observations.measure,
            cast(floor(percent_rank() over (order by observations.measure) * {{ ranges }}) as integer) as range_number
        from observations
        inner join combinations
            on {{ same_combination('observations', columns) }}
        where observations.measure is not null
    ),

    sliced_values as {{ computed_once() }} (
        select
            slices.slice_id,
            ranged_values.cell_month,
            ranged_values.range_number,
            ranged_values.measure
        from ranged_values
        inner join slices
            on ranged_values.combination_id = slices.combination_id
    ),

    month_ranges as (
        select
            slice_id,
            cell_month,
            range_number,
            count(*) as n
        from sliced_values
        group by slice_id, cell_month, range_number
    ),

    ranges as (
        select
            month_ranges.slice_id,
            periods.period_id,
            month_ranges.range_number,
            cast(sum(month_ranges.n) as bigint) as n
        from month_ranges
        inner join periods
            on month_ranges.cell_month = periods.month_start
        group by month_ranges.slice_id, periods.period_id, month_ranges.range_number
    ),

    range_places as (
        select
            slice_id,
            period_id,
            range_number,
            n,
            cast(sum(n) over (
                partition by slice_id, period_id order by range_number
                rows between unbounded preceding and current row
            ) as bigint) - n as first_place
        from ranges
    ),

    quantile_ranges as (
        select
            quantiles.slice_id,
            quantiles.period_id,
            quantiles.quantile_number,
            quantiles.place,
            range_places.range_number,
            range_places.first_place,
            row_number() over (order by quantiles.slice_id, quantiles.period_id) as quantile_range_id
        from quantiles
        inner join range_places
            on
                quantiles.slice_id = range_places.slice_id
                and quantiles.period_id = range_places.period_id
        where
            range_places.first_place <= ceil(quantiles.place)
            and range_places.first_place + range_places.n > floor(quantiles.place)
    ),

    quantile_range_months as {{ computed_once() }} (
        select
            quantile_ranges.*,
            periods.month_start
        from quantile_ranges
        inner join periods
            on quantile_ranges.period_id = periods.period_id
    ),

    ordered_values as (
        select
            months.slice_id,
            months.period_id,
            months.quantile_number,
            months.place,
            sliced_values.measure,
            months.first_place - 1 + row_number() over (
                partition by months.quantile_range_id order by sliced_values.measure
            ) as value_place
        from quantile_range_months as months
        inner join sliced_values
            on
                months.slice_id = sliced_values.slice_id
                and months.month_start = sliced_values.cell_month
                and months.range_number = sliced_values.range_number
    ),

    -- One value, or the two it is interpolated between.
    quantile_values as (
        select
            slice_id,
            period_id,
            quantile_number,
            min(measure) * (1.0 - max(place - floor(place))) + max(measure) * max(place - floor(place)) as value
        from ordered_values
        where value_place between floor(place) and ceil(place)
        group by slice_id, period_id, quantile_number
    ),

    grouped as (
        select
            slice_names.*,
            period_names.grain,
            period_names.period_start,
            quantiles.quantile_number,
            quantile_values.value,
            {%- for column in added_up %}
            quantiles.{{ column }},
            {%- endfor %}
            quantiles.n
        from quantiles
        left join quantile_values
            on
                quantiles.slice_id = quantile_values.slice_id
                and quantiles.period_id = quantile_values.period_id
                and quantiles.quantile_number = quantile_values.quantile_number
        inner join slice_names
            on quantiles.slice_id = slice_names.slice_id
        inner join period_names
            on quantiles.period_id = period_names.period_id
    ),

    labelled as (
        select
            {{ "'" ~ variant ~ "'" if variant else 'cast(null as varchar)' }} as variant,
            {{ dimension_labels(sets, dimensions, variant) | indent(12) }},
            grouped.*
        from grouped
        where quantile_number = 0
        {%- for name in quantiles %}
        union all
        select
            '{{ name }}' as variant,
            'variant' as dimension,
            '{{ name }}' as dimension_value,
            grouped.*
        from grouped
        where quantile_number = {{ loop.index }}
        {%- endfor %}
    )

    {{ select_cells(
        "(select '" ~ metric ~ "' as metric_name, " ~ ("'" ~ note.label ~ "' as note_label, " if note)
        ~ "labelled.* from labelled) as labelled_cells",
        ['metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n']
        + (['note_label'] if note else []) + added_up
    ) | indent(4) }}
) as cells
{%- endmacro %}
