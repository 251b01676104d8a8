-- Revenue kept. Without contracts the invoices of two years stand in, under a name of their own.
with mrr_cells as (
    {{ kpi_cells(ref('int_mrr_year'), 'period_start', [
        {
            'metric': 'net_revenue_retention',
            'numerator': 'sum(closing_mrr_amount)',
            'denominator': 'sum(opening_mrr_amount)',
            'complete_on': 'max(confirmed_on)',
            'unconverted': 'sum(unconverted_amount)',
        },
        {
            'metric': 'gross_revenue_retention',
            'numerator': 'sum(kept_mrr_amount)',
            'denominator': 'sum(opening_mrr_amount)',
            'complete_on': 'max(confirmed_on)',
            'unconverted': 'sum(unconverted_amount)',
        },
    ], ['segment', 'region', 'cohort_year', 'tenure_band'], grain_column='grain') }}
),

years as (
    select
        period_start,
        max(base_start) as last_month,
        {{ date_plus_months('period_start', -12) }} as year_before_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
    group by period_start
),

covered_years as (
    select
        years.period_start,
        years.last_month,
        years.year_before_start,
        coalesce(this_year.has_invoice_r12 and year_before.has_invoice_r12, false) as is_covered
    from years
    left join {{ ref('int_finance_month') }} as this_year
        on years.last_month = this_year.month_start
    left join {{ ref('int_finance_month') }} as year_before
        on year_before.month_start = {{ date_plus_months('years.period_start', -1) }}
),

account_years as (
    select
        covered_years.period_start,
        covered_years.is_covered,
        revenue.account_id,
        sum(
            case
                when revenue.month_start < covered_years.period_start
                    then revenue.net_revenue_amount
                else 0.0
            end
        ) as earlier_amount,
        sum(
            case
                when revenue.month_start >= covered_years.period_start
                    then revenue.net_revenue_amount
                else 0.0
            end
        ) as later_amount,
        sum(revenue.unconverted_amount) as unconverted_amount
    from covered_years
    inner join {{ ref('int_revenue_month') }} as revenue
        on
            covered_years.year_before_start <= revenue.month_start
            and covered_years.last_month >= revenue.month_start
    group by covered_years.period_start, covered_years.is_covered, revenue.account_id
),

kept_accounts as (
    select
        'r12m' as grain,
        period_start,
        is_covered,
        earlier_amount,
        later_amount,
        unconverted_amount
    from account_years
    where earlier_amount > 0
),

revenue_cells as (
    {{ kpi_cells('kept_accounts', 'period_start', [
        {
            'metric': 'net_revenue_retention',
            'variant': 'revenue_based',
            'numerator': 'sum(later_amount)',
            'denominator': 'sum(earlier_amount)',
            'unconverted': 'sum(unconverted_amount)',
            'reason': "case when count_if(is_covered) = 0"
                ~ " then 'the year before is not loaded' end",
        },
    ], grain_column='grain') }}
),

judged_revenue_cells as (
    {{ relabelled_cells('revenue_cells', {
        'forced_status': "case when status_reason is not null and dimension = 'variant'"
            ~ " then 'no_data' end",
    }) }}
),

cells as (
    select * from mrr_cells
    union all
    select * from judged_revenue_cells
    where dimension = 'variant'
)

{{ relabelled_cells('cells', {}) }}
