-- Churn weighted by what the customers were worth: CM2 of the twelve months before the period.
-- Where that is not known of all but a few (no service cost, or the year reaches outside the loaded
-- months), MRR stands in for all of them; the two are never mixed.
with bases as (
    select
        *,
        count(opening_cm2_r12_amount) over (partition by grain, period_start)
        >= (1 - {{ parameter('fx_max_missing_share') }})
        * count(*) over (partition by grain, period_start)
            as is_cm2_known
    from {{ ref('int_churn_base') }}
),

weighted as (
    select
        *,
        -- Not greatest(): it would make an unknown margin one of 0.
        case
            when not is_cm2_known then opening_mrr_amount
            when opening_cm2_r12_amount < 0 then 0.0
            else opening_cm2_r12_amount
        end as weight_amount,
        case
            when is_cm2_known then 0.0
            else unconverted_mrr_amount
        end as unconverted_weight_amount,
        case when not is_cm2_known then 'basis=mrr' end as weight_reason
    from bases
    where is_cm2_known or opening_mrr_amount is not null
),

rate_cells as (
    {{ kpi_cells('weighted', 'period_start', [
        {
            'metric': 'value_weighted_churn_rate',
            'numerator': 'sum(case when is_lost then coalesce(weight_amount, 0.0) else 0.0 end)',
            'denominator': 'coalesce(sum(weight_amount), 0.0)',
            'n': 'count(weight_amount)',
            'complete_on': 'max(confirmed_on)',
            'unconverted': 'sum(unconverted_weight_amount)',
            'reason': 'max(weight_reason)',
            'note': {'label': 'cm2_unknown', 'count': 'count_if(weight_amount is null)'},
        },
    ], ['segment', 'region'], grain_column='grain') }}
),

valued as (
    select * from weighted
    where is_cm2_known
),

amount_cells as (
    {{ kpi_cells('valued', 'period_start', [
        {
            'metric': 'value_weighted_churn_rate',
            'variant': 'lost_cm2_amount',
            'numerator': 'coalesce(sum(case when is_lost then opening_cm2_r12_amount end), 0.0)',
            'n': 'count_if(is_lost)',
            'complete_on': 'max(confirmed_on)',
        },
    ], grain_column='grain') }}
),

unknown_periods as (
    select distinct
        'value_weighted_churn_rate' as metric_name,
        grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        'neither CM2 nor MRR is known' as status_reason
    from bases
    where not is_cm2_known and opening_mrr_amount is null
),

cells as (
    select * from rate_cells
    union all
    select * from amount_cells
    union all
    {{ select_cells('unknown_periods', [
        'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
        'status_reason',
    ]) | indent(4) }}
)

{{ observable_churn_cells('cells') }}
