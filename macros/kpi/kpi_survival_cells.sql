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
    {%- set keys = ['cell_grain', 'cell_period_start', 'set_number'] + prefixed(columns) -%}
select cells.*
from (
    with observations as (
        select
            periods.grain as cell_grain,
            periods.period_start as cell_period_start,
            {%- for column in columns %}
            coalesce(cast(observed.{{ column }} as varchar), '(unknown)') as cell_{{ column }},
            {%- endfor %}
            cast({{ duration }} as double) as duration,
            case when {{ event }} then 1 else 0 end as is_event
        from {{ relation }} as observed
        inner join {{ ref('int_period') }} as periods
            on
                periods.base_grain = 'month'
                and periods.base_start = {{ month_start('observed.' ~ date) }}
        inner join {{ ref('int_metric_grain') }} as metric_grains
            on
                periods.grain = metric_grains.grain
                and metric_grains.metric_name = '{{ metric }}'
        where {{ duration }} is not null
    ),

    durations as (
        select
            cell_grain,
            cell_period_start,
            {%- for column in columns %}
            cell_{{ column }},
            {%- endfor %}
            {{ set_number(prefixed_sets(sets), prefixed(columns)) | indent(12) }} as set_number,
            duration,
            count(*) as ending_count,
            sum(is_event) as event_count
        from observations
        group by grouping sets (
            {%- for set in sets %}
            ({{ (['cell_grain', 'cell_period_start', 'duration'] + prefixed(set)) | join(', ') }}){{ ',' if not loop.last }}
            {%- endfor %}
        )
    ),

    at_risk as (
        select
            *,
            sum(ending_count) over (
                partition by {{ keys | join(', ') }} order by duration desc
                rows between unbounded preceding and current row
            ) as at_risk_count
        from durations
    ),

    curve as (
        select
            *,
            exp(sum(ln(greatest(1.0 - event_count / nullif(cast(at_risk_count as double), 0), 1e-300))) over (
                partition by {{ keys | join(', ') }} order by duration
                rows between unbounded preceding and current row
            )) as survival
        from at_risk
    ),

    grouped as (
        select
            {{ keys | join(',\n            ') }},
            {%- for name, share in quantiles.items() %}
            min(case when survival <= {{ 1 - share }} + 1e-9 then duration end) as quantile_{{ loop.index }},
            {%- endfor %}
            sum(ending_count) as n
        from curve
        group by {{ keys | join(', ') }}
    ),

    labelled as (
        {%- for name in quantiles %}
        {%- set number = loop.index %}
        {{ 'union all' if not loop.first }}
        select
            {{ "'" ~ name ~ "'" if name else 'cast(null as varchar)' }} as variant,
            {{ dimension_labels(sets, dimensions if name == '' else [], name) | indent(12) }},
            cell_grain as grain,
            cell_period_start as period_start,
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
