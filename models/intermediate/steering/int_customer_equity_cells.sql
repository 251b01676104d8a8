-- What the customers of a month end are still expected to bring, after service cost. A customer
-- whose margin nobody knows is counted beside the sum; it is not worth 0.
with values_at_end as (
    select * from {{ ref('int_clv_month') }}
),

cells as (
    {{ kpi_cells('values_at_end', 'month_start', [
        {
            'metric': 'customer_equity_amount',
            'numerator': 'sum(predictive_after_service_amount)',
            'n': 'count(predictive_after_service_amount)',
            'note': {
                'label': 'value_unknown',
                'count': 'count_if(predictive_after_service_amount is null)',
            },
        },
    ], ['segment', 'region']) }}
)

{{ relabelled_cells('cells', {
    'forced_status': "case when n = 0 then 'no_data'"
        ~ " when note_count > " ~ parameter('fx_max_missing_share') ~ " * (n + note_count)"
        ~ " then 'partial' end",
    'status_reason': "case when n = 0 then 'no customer has a known value' end",
}) }}
