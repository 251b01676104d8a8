-- Who of the stock was still there without a break: the other side of customer_churn_rate.
with cells as (
    {{ kpi_cells(
        ref('int_churn_base'), 'period_start',
        [{
            'metric': 'customer_retention_rate',
            'numerator': 'count_if(not is_lost)',
            'denominator': 'count(*)',
            'complete_on': 'max(confirmed_on)',
        }],
        ['segment', 'region', 'tenure_band'],
        grain_column='grain'
    ) }}
)

{{ observable_churn_cells('cells') }}
