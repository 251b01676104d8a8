-- Customers lost to a competitor, over all that were lost, and per customer-month at risk. Who was
-- sent away or did not pay has not switched.
with lost_spells as (
    select * from {{ ref('fct_customer_spell') }}
    where has_churned
),

switchers as (
    select * from lost_spells
    where is_competitor_switch
),

switched_spells as (
    select
        account_id,
        spell_no,
        churn_date
    from switchers
),

customer_months as (
    select
        customers.month_start,
        customers.opening_tenure_band as tenure_band,
        switched_spells.account_id is not null as is_switched,
        case when switched_spells.account_id is not null then customers.confirmed_on end
            as confirmed_on
    from {{ ref('fct_customer_month') }} as customers
    left join switched_spells
        on
            customers.account_id = switched_spells.account_id
            and customers.opening_spell_no = switched_spells.spell_no
            and customers.month_start = {{ month_start('switched_spells.churn_date') }}
    where customers.is_active_at_start
),

rate_cells as (
    {{ kpi_cells('lost_spells', 'churn_date', [
        {
            'metric': 'competitor_switch_rate',
            'numerator': 'count_if(is_competitor_switch)',
            'denominator': 'count(*)',
            'complete_on': 'max(confirmed_on)',
        },
    ], ['segment', 'region', 'tenure_band']) }}
    union all
    {{ kpi_cells('customer_months', 'month_start', [
        {
            'metric': 'tenure_at_switch_months',
            'variant': 'hazard',
            'numerator': 'count_if(is_switched)',
            'denominator': 'count(*)',
            'complete_on': 'max(confirmed_on)',
            'dimensions': ['tenure_band × variant'],
        },
    ]) }}
),

competitor_cells as (
    {{ kpi_cells('switchers', 'churn_date', [
        {
            'metric': 'competitor_switch_rate',
            'numerator': 'count(*)',
            'denominator': 'count(*)',
            'complete_on': 'max(confirmed_on)',
        },
    ], ['competitor']) }}
),

cells as (
    select * from rate_cells
    union all
    select * from competitor_cells
    where dimension = 'competitor'
)

{{ relabelled_cells('cells', {}) }}
