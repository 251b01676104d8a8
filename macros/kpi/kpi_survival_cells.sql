{#- Kaplan–Meier quantiles of a duration per period and slice (G9, C10): the smallest duration t with
    S(t) <= 1 - share, on the records started in the period, open ones censored at as_of. Ties: events
    happen before censoring, so a record censored at t is still at risk at t.
    Source: Kaplan & Meier 1958.

    metric      name in kpi_definition; its grains decide the periods
    relation    CTE or ref with one row per record
    date        local date the record started
    duration    numeric expression, observed so far
    event       boolean expression: true = ended, false = censored
    dimensions  as in kpi_cells
    quantiles   {none or variant name: share}; default {'': 0.5} is the median as the main reading

    A quantile that is not reached is NULL and `immature`. -#}
{% macro kpi_survival_cells(metric, relation, date, duration, event, dimensions=[], quantiles={'': 0.5, 'p90': 0.9}) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
    {%- set dimensions = allowed_dimensions(dimensions) -%}
    {%- set columns, sets = all_dimension_columns(dimensions), dimension_sets(dimensions) -%}
    {%- set keys = (prefixed(columns) or ['cell_total']) | join(', ') -%}
select cells.*
from (
    with observations as (
        select
            {{ month_start('observed.' ~ date) }} as cell_month,
            {{- slice_columns(columns) | indent(8) }}
            cast({{ duration }} as double) as duration,
            case when {{ event }} then 1 else 0 end as is_event
        from {{ relation }} as observed
        where {{ duration }} is not null
    ),

    month_durations as (
        select
            cell_month,
            {{ keys }},
            duration,
            count(*) as ending_count,
            sum(is_event) as event_count
        from observations
        group by cell_month, {{ keys }}, duration
    ),

    {{ cell_keys(metric, 'month_durations', columns, sets) }},

    slice_months as (
        select
            slices.slice_id,
            month_durations.cell_month,
            month_durations.duration,
            sum(month_durations.ending_count) as ending_count,
            sum(month_durations.event_count) as event_count
        from month_durations
        inner join combinations
            on {{ same_combination('month_durations', columns) }}
        inner join slices
            on combinations.combination_id = slices.combination_id
        group by slices.slice_id, month_durations.cell_month, month_durations.duration
    ),

    durations as (
        select
            slice_months.slice_id,
            periods.period_id,
            slice_months.duration,
            cast(sum(slice_months.ending_count) as double) as ending_count,
            cast(sum(slice_months.event_count) as double) as event_count
        from slice_months
        inner join periods
            on slice_months.cell_month = periods.month_start
        group by slice_months.slice_id, periods.period_id, slice_months.duration
    ),

    at_risk as (
        select
            *,
            sum(ending_count) over (
                partition by slice_id, period_id order by duration desc
                rows between unbounded preceding and current row
            ) as at_risk_count
        from durations
    ),

    curve as (
        select
            *,
            exp(sum(ln(greatest(1.0 - event_count / nullif(at_risk_count, 0), 1e-300))) over (
                partition by slice_id, period_id order by duration
                rows between unbounded preceding and current row
            )) as survival
        from at_risk
    ),

    quantiles as (
        select
            slice_id,
            period_id,
            {%- for name, share in quantiles.items() %}
            min(case when survival <= {{ 1 - share }} + 1e-9 then duration end) as quantile_{{ loop.index }},
            {%- endfor %}
            sum(ending_count) as n
        from curve
        group by slice_id, period_id
    ),

    grouped as (
        select
            slice_names.*,
            period_names.grain,
            period_names.period_start,
            {%- for name in quantiles %}
            quantiles.quantile_{{ loop.index }},
            {%- endfor %}
            quantiles.n
        from quantiles
        inner join slice_names
            on quantiles.slice_id = slice_names.slice_id
        inner join period_names
            on quantiles.period_id = period_names.period_id
    ),

    labelled as (
        {%- for name in quantiles %}
        {%- set number = loop.index %}
        {{ 'union all' if not loop.first }}
        select
            {{ "'" ~ name ~ "'" if name else 'cast(null as varchar)' }} as variant,
            {{ dimension_labels(sets, dimensions if name == '' else [], name) | indent(12) }},
            grain,
            period_start,
            quantile_{{ number }} as value,
            n,
            case when quantile_{{ number }} is null then 'immature' end as forced_status,
            case when quantile_{{ number }} is null then 'not reached yet' end as status_reason
        from grouped
        {%- if name %}
        where set_number = 0
        {%- endif %}
        {%- endfor %}
    )

    {{ select_cells(
        "(select '" ~ metric ~ "' as metric_name, labelled.* from labelled) as labelled_cells",
        ['metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
         'forced_status', 'status_reason']
    ) | indent(4) }}
) as cells
{%- endmacro %}
