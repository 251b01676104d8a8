-- Contribution margins of the rolling year of the customers active at its end. The three margins
-- stand on the same customers, so that they differ by service and retention cost and nothing else.
with years as (
    select
        period_start,
        max(base_start) as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
    group by period_start
),

customers as (
    select
        'r12m' as grain,
        years.period_start,
        customers.segment,
        customers.region,
        customers.rep,
        customers.tenure_band,
        cast(customers.decile as varchar) as decile,
        customers.cm1_r12_amount,
        customers.cm2_r12_amount,
        customers.cm3_r12_amount
    from years
    inner join {{ ref('fct_customer_month') }} as customers
        on years.month_start = customers.month_start
    where customers.is_active_at_end
),

cells as (
    {{ kpi_cells('customers', 'period_start', [
        {
            'metric': 'profit_per_customer',
            'numerator': 'sum(cm2_r12_amount)',
            'denominator': 'count(cm2_r12_amount)',
            'n': 'count(cm2_r12_amount)',
            'note': {'label': 'cm2_unknown', 'count': 'count_if(cm2_r12_amount is null)'},
        },
        {
            'metric': 'profit_per_customer',
            'variant': 'cm1',
            'numerator': 'sum(case when cm2_r12_amount is not null then cm1_r12_amount end)',
            'denominator': 'count(cm2_r12_amount)',
            'n': 'count(cm2_r12_amount)',
            'note': {'label': 'cm2_unknown', 'count': 'count_if(cm2_r12_amount is null)'},
        },
        {
            'metric': 'profit_per_customer',
            'variant': 'cm3',
            'numerator': 'sum(cm3_r12_amount)',
            'denominator': 'count(cm3_r12_amount)',
            'n': 'count(cm3_r12_amount)',
            'note': {'label': 'cm3_unknown', 'count': 'count_if(cm3_r12_amount is null)'},
        },
    ], ['segment', 'region', 'rep', 'tenure_band', 'decile'], grain_column='grain') }}
),

known_cells as (
    select
        cells.*,
        totals.n > 0 as is_margin_known
    from cells
    inner join cells as totals
        on
            cells.period_start = totals.period_start
            and totals.dimension = 'total'
)

{{ relabelled_cells('known_cells', {
    'forced_status': "case when not is_margin_known then 'no_data'"
        ~ " when note_count > " ~ parameter('fx_max_missing_share') ~ " * (n + note_count)"
        ~ " then 'partial' end",
    'status_reason': "case when not is_margin_known then 'CM2 of the year unknown' end",
}) }}
