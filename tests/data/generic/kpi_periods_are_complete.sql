{#- Every period of every grain of a KPI has exactly one total row, from the first loaded month to
    as_of. -#}
{% test kpi_periods_are_complete(model, area) %}
with expected as (
    select distinct
        grains.metric_name,
        periods.grain,
        periods.period_start
    from {{ ref('int_metric_grain') }} as grains
    inner join {{ ref('int_period') }} as periods
        on grains.grain = periods.grain
    where grains.area = '{{ area }}'
),

published as (
    select
        metric_name,
        grain,
        period_start,
        count(*) as n_rows
    from {{ model }}
    where dimension = 'total'
    group by metric_name, grain, period_start
)

select
    coalesce(expected.metric_name, published.metric_name) as metric_name,
    coalesce(expected.grain, published.grain) as grain,
    coalesce(expected.period_start, published.period_start) as period_start,
    published.n_rows
from expected
full outer join published
    on
        expected.metric_name = published.metric_name
        and expected.grain = published.grain
        and expected.period_start = published.period_start
where expected.metric_name is null or published.n_rows is distinct from 1
{% endtest %}
