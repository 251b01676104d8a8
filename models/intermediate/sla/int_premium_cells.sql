-- Who pays for more than the standard service, and what is left of it.
with services as (
    select * from {{ ref('fct_premium_service_month') }}
),

cells as (
    {{ kpi_cells('services', 'month_start', [
        {
            'metric': 'premium_service_attach_rate',
            'numerator': 'count_if(is_active_at_end and has_premium_line)',
            'denominator': 'count_if(is_active_at_end)',
            'n': 'count_if(is_active_at_end)',
            'dimensions': ['segment', 'region'],
        },
        {
            'metric': 'premium_service_margin',
            'numerator': 'sum(margin_amount)',
            'n': 'count_if(has_premium_line or case_cost_amount <> 0)',
            'unconverted': 'sum(unconverted_amount)',
            'reason': "max(case when not is_cost_known then 'service cost unknown' end)",
            'dimensions': ['segment'],
        },
    ]) | indent(4) }}
)

{{ relabelled_cells('cells', {
    'forced_status': "case when status_reason = 'service cost unknown' then 'no_data' end",
}) }}
