{%- set churn_rate = {
    'metric': 'customer_churn_rate',
    'numerator': 'count_if(is_lost)',
    'denominator': 'count(*)',
    'complete_on': 'max(confirmed_on)',
} -%}
with bases as (
    select * from {{ ref('int_churn_base') }}
),

base_cells as (
    {{ kpi_cells(
        'bases', 'period_start', [churn_rate],
        ['segment', 'region', 'tenure_band', 'contract_term'],
        grain_column='grain'
    ) }}
),

-- Only who was lost has a cancel type; the macro of the area table takes the whole stock as
-- denominator.
lost_customers as (
    select * from bases
    where is_lost
),

type_cells as (
    {{ kpi_cells(
        'lost_customers', 'period_start', [churn_rate], ['cancel_type'], grain_column='grain'
    ) }}
),

monthly_rates as (
    select
        period_start,
        numerator / nullif(denominator, 0) as rate,
        complete_on
    from base_cells
    where grain = 'month' and dimension = 'total'
),

-- What the twelve monthly rates compound to; a month without customers leaves it unknown.
compounded as (
    select
        'customer_churn_rate' as metric_name,
        'annualised' as variant,
        periods.grain,
        periods.period_start,
        'variant' as dimension,
        'annualised' as dimension_value,
        case
            when count(monthly_rates.rate) = 12
                then 1 - exp(sum(ln(greatest(1 - monthly_rates.rate, 1e-300))))
        end as value,
        max(monthly_rates.complete_on) as complete_on
    from {{ ref('int_period') }} as periods
    inner join monthly_rates
        on periods.base_start = monthly_rates.period_start
    where periods.base_grain = 'month' and periods.grain = 'r12m'
    group by periods.grain, periods.period_start
),

cells as (
    select * from base_cells
    union all
    select * from type_cells
    where dimension = 'cancel_type'
    union all
    {{ select_cells('compounded', [
        'metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value',
        'complete_on',
    ]) | indent(4) }}
)

{{ observable_churn_cells('cells') }}
