-- What a customer brought in each closed month since it was won, month 0 being that month. Who left
-- stays with 0, so that a cohort keeps its failures.
with customers as (
    select
        account_id,
        cohort_month,
        region,
        segment,
        lead_source
    from {{ ref('int_new_customer') }}
),

closed_months as (
    select
        month_start,
        has_invoice and has_service_cost as has_cm2
    from {{ ref('int_finance_month') }}
    where
        has_invoice
        and {{ date_plus_months('month_start', 1) }} <= {{ date_plus_days(as_of_date(), 1) }}
),

first_closed_month as (
    select min(month_start) as month_start
    from closed_months
)

select
    customers.account_id,
    customers.cohort_month,
    cast(
        12 * extract(year from closed_months.month_start)
        + extract(month from closed_months.month_start)
        - 12 * extract(year from customers.cohort_month)
        - extract(month from customers.cohort_month)
        as integer
    ) as month_no,
    closed_months.month_start,
    customers.region,
    customers.segment,
    customers.lead_source,
    case
        when closed_months.has_cm2 and months.account_id is null then 0.0
        else months.cm2_amount
    end as cm2_amount,
    case when months.account_id is null then 0.0 else months.net_revenue_amount end
        as net_revenue_amount,
    case when months.account_id is null then 0.0 else months.cm1_amount end as cm1_amount,
    case when months.account_id is null then 0.0 else months.new_mrr_amount end as new_mrr_amount,
    coalesce(months.unconverted_amount, 0.0) as unconverted_amount,
    not closed_months.has_cm2 as is_service_cost_missing
from customers
cross join first_closed_month
inner join closed_months
    on
        customers.cohort_month >= first_closed_month.month_start
        and customers.cohort_month <= closed_months.month_start
left join {{ ref('int_account_month') }} as months
    on
        customers.account_id = months.account_id
        and closed_months.month_start = months.month_start
