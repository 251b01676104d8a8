-- How much a customer value promises too much when it leaves out service cost, or is made of
-- revenue. Expectations only: what has been earned is no matter of method.
with parts as (
    {{ kpi_cells(ref('int_clv_month'), 'month_start', [
        {
            'metric': 'clv_method_gap',
            'numerator': 'sum(predictive_before_service_amount)'
                ~ ' - sum(predictive_after_service_amount)',
            'denominator': 'sum(predictive_before_service_amount)',
            'n': 'count(predictive_after_service_amount)',
        },
        {
            'metric': 'clv_method_gap',
            'variant': 'revenue_based',
            'numerator': 'sum(predictive_revenue_amount) - sum(predictive_after_service_amount)',
            'denominator': 'sum(predictive_revenue_amount)',
            'n': 'count(predictive_after_service_amount)',
        },
    ], ['segment']) }}
)

{{ relabelled_cells('parts', {
    'value': 'case when denominator > 0 then numerator / nullif(denominator, 0) end',
    'forced_status': "case when n = 0 then 'no_data' end",
    'status_reason': "case when n = 0 then 'no customer has a known value'"
        ~ " when denominator <= 0 then 'nothing to expect even without service cost' end",
}) }}
