with cells as (
    {{ kpi_cells(ref('int_churn_event'), 'happened_on', [
        {
            'metric': 'net_customers_lost',
            'numerator': 'sum(net_lost_count)',
            'complete_on': 'max(confirmed_on)',
        },
    ], ['segment', 'region', 'rep', 'tenure_band', 'reason']) }}
),

-- Months in which nobody could be seen leaving have no events; without a row they would be a true
-- 0.
unseen_months as (
    select distinct
        'net_customers_lost' as metric_name,
        'month' as grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value
    from {{ ref('int_period') }} as periods
    inner join {{ ref('int_churn_window') }} as churn_window
        on periods.period_start < churn_window.observable_from
    left join cells
        on
            periods.period_start = cells.period_start
            and cells.dimension = 'total'
    where periods.grain = 'month' and cells.period_start is null
),

all_cells as (
    select * from cells
    union all
    {{ select_cells('unseen_months', [
        'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value',
    ]) | indent(4) }}
)

{{ observable_churn_cells('all_cells') }}
