with customers as (
    select * from {{ ref('int_new_customer') }}
),

paybacks as (
    select * from {{ ref('int_customer_payback') }}
),

mature_returns as (
    select
        account_id,
        age_months,
        (cm2_amount - cost_amount) / nullif(cost_amount, 0) as return_rate
    from {{ ref('int_customer_return') }}
    where
        account_id is not null
        and mature_on <= {{ as_of_date() }}
        and unknown_month_count = 0
),

returns as (
    select
        account_id,
        max(case when age_months = '12' then return_rate end) as roi_12_rate,
        max(case when age_months = '24' then return_rate end) as roi_24_rate,
        max(case when age_months = '36' then return_rate end) as roi_36_rate
    from mature_returns
    group by account_id
)

select
    customers.account_id,
    customers.account_name,
    customers.group_account_id,
    customers.acquired_on,
    customers.acquisition_basis,
    customers.first_sale_opportunity_id,
    customers.first_invoice_on,
    customers.withdrawn_on,
    customers.withdrawn_on is not null as is_withdrawn,
    customers.logo_type,
    customers.cohort_month,
    cast(extract(year from customers.cohort_month) as varchar) as cohort_year,
    customers.region,
    customers.country,
    customers.segment,
    customers.industry,
    customers.owner_user_id,
    customers.rep,
    customers.team,
    customers.lead_source,
    customers.campaign,
    paybacks.acquisition_cost_amount,
    paybacks.closed_month_count,
    paybacks.net_revenue_to_date_amount,
    paybacks.cm2_to_date_amount,
    paybacks.break_even_month_no,
    paybacks.break_even_months,
    case
        when paybacks.break_even_month_no is not null then true
        when paybacks.cm2_to_date_amount is not null then false
    end as is_break_even_reached,
    {{ date_plus_months('customers.cohort_month', 'paybacks.break_even_month_no - 1') }}
        as break_even_month,
    returns.roi_12_rate,
    returns.roi_24_rate,
    returns.roi_36_rate
from customers
left join paybacks
    on customers.account_id = paybacks.account_id
left join returns
    on customers.account_id = returns.account_id
