-- Longer periods: the losses of all their months over the MRR they began with.
with month_cells as (
    select * from {{ ref('int_churn_mrr_month_cells') }}
),

rolled_up as (
    select
        month_cells.metric_name,
        periods.grain,
        periods.period_start,
        month_cells.dimension,
        month_cells.dimension_value,
        sum(month_cells.numerator) as numerator,
        coalesce(
            sum(
                case when periods.base_start = periods.period_start then month_cells.denominator end
            ), 0.0
        ) as denominator,
        sum(case
            when periods.base_start = periods.period_start or month_cells.dimension = 'component'
                then month_cells.n
        end)
            as n,
        max(month_cells.complete_on) as complete_on,
        sum(month_cells.unconverted_amount) as unconverted_amount
    from month_cells
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and month_cells.period_start = periods.base_start
    inner join {{ ref('int_metric_grain') }} as grains
        on
            month_cells.metric_name = grains.metric_name
            and periods.grain = grains.grain
    group by
        month_cells.metric_name,
        periods.grain,
        periods.period_start,
        month_cells.dimension,
        month_cells.dimension_value
)

{{ select_cells('rolled_up', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
    'denominator', 'n',
    'complete_on', 'unconverted_amount',
]) }}
