-- The stock a period begins with and who of it was lost in the period. A rolling year is point to
-- point: who was there at its start and is not there any more without a break (also if it came back
-- since).
with customers as (
    select * from {{ ref('fct_customer_month') }}
    where is_active_at_start
),

periods as (
    select distinct
        grain,
        period_start,
        least(period_end, {{ as_of_date() }}) as period_end
    from {{ ref('int_period') }}
    where grain in ('month', 'r12m')
)

select
    periods.grain,
    periods.period_start,
    customers.account_id,
    customers.segment,
    customers.region,
    customers.opening_tenure_band as tenure_band,
    customers.contract_term,
    customers.opening_mrr_amount,
    customers.unconverted_mrr_amount,
    customers.opening_cm2_r12_amount,
    coalesce(customers.opening_spell_churn_date <= periods.period_end, false) as is_lost,
    case
        when customers.opening_spell_churn_date <= periods.period_end
            then customers.opening_spell_cancel_type
    end as cancel_type,
    case
        when customers.opening_spell_churn_date <= periods.period_end
            then customers.opening_spell_confirmed_on
    end as confirmed_on
from periods
inner join customers
    on periods.period_start = customers.month_start
