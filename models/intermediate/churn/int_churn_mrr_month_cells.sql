-- MRR lost per month over the MRR it began with; int_churn_mrr_cells makes longer periods of it.
with customers as (
    select * from {{ ref('fct_customer_month') }}
    where spell_basis = 'contract_line'
),

total_cells as (
    {{ kpi_cells('customers', 'month_start', [
        {
            'metric': 'gross_mrr_churn_rate',
            'numerator': 'sum(churn_mrr_amount + contraction_mrr_amount)',
            'denominator': 'sum(opening_mrr_amount)',
            'n': 'count_if(is_active_at_start)',
            'complete_on': 'max(confirmed_on)',
            'unconverted': 'sum(unconverted_mrr_amount)',
        },
        {
            'metric': 'net_mrr_churn_rate',
            'numerator': 'sum('
                ~ 'churn_mrr_amount + contraction_mrr_amount'
                ~ ' - expansion_mrr_amount - reactivation_mrr_amount)',
            'denominator': 'sum(opening_mrr_amount)',
            'n': 'count_if(is_active_at_start)',
            'complete_on': 'max(confirmed_on)',
            'unconverted': 'sum(unconverted_mrr_amount)',
        },
    ], ['segment', 'region']) }}
),

components as (
    select
        month_start,
        'churn' as component,
        churn_mrr_amount as lost_mrr_amount,
        confirmed_on
    from customers
    union all
    select
        month_start,
        'contraction' as component,
        contraction_mrr_amount as lost_mrr_amount,
        cast(null as date) as confirmed_on
    from customers
),

component_cells as (
    {{ kpi_cells('components', 'month_start', [
        {
            'metric': 'gross_mrr_churn_rate',
            'numerator': 'sum(lost_mrr_amount)',
            'n': 'count_if(lost_mrr_amount > 0)',
            'complete_on': 'max(confirmed_on)',
        },
    ], ['component']) }}
),

cells as (
    select * from total_cells
    union all
    select * from component_cells
    where dimension = 'component'
)

{{ relabelled_cells('cells', {}) }}
