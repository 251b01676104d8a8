-- Which customers cost more than they bring, for how long already, and what would be left without
-- them? Everybody who was unprofitable over the twelve months to the last closed month; first the
-- candidates, with the stage of letting go they are in, then those who lack a condition of it.
-- Raise the price or lower the service first; nobody is let go because of one bad year.
with closed_months as (
    select max(month_start) as month_start
    from {{ ref('fct_customer_month') }}
    where month_end <= {{ as_of_date() }}
),

customers as (
    select months.*
    from {{ ref('fct_customer_month') }} as months
    inner join closed_months
        on months.month_start = closed_months.month_start
    where months.is_active_at_end
),

months_unprofitable as (
    select
        account_id,
        count_if(is_unprofitable) as unprofitable_months
    from {{ ref('fct_customer_month') }}
    group by account_id
),

base as (
    select
        sum(cm2_r12_amount) as cm2_r12_amount,
        count(*) as customer_count
    from customers
)

select
    customers.account_id,
    customers.account_name,
    customers.segment,
    customers.region,
    customers.is_let_go_candidate,
    customers.let_go_stage,
    customers.tenure_months,
    months_unprofitable.unprofitable_months,
    customers.net_revenue_r12_amount,
    customers.cm1_r12_amount,
    customers.cm1_r12_amount - customers.cm2_r12_amount as service_cost_r12_amount,
    customers.cm2_r12_amount,
    customers.predictive_clv_amount,
    customers.last_refusal_on,
    -- What all customers would have brought without this one.
    base.cm2_r12_amount - customers.cm2_r12_amount as cm2_r12_without_amount
from customers
inner join months_unprofitable
    on customers.account_id = months_unprofitable.account_id
cross join base
where customers.is_let_go_candidate or customers.is_unprofitable
order by customers.is_let_go_candidate desc, customers.cm2_r12_amount asc
