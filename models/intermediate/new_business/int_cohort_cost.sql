-- Acquisition cost of the customers of a month, and what of the month's cost belongs to none of
-- them: of a month that won nobody, or booked on an account that was won in another month or not
-- at all.
with customers as (
    select
        account_id,
        cohort_month,
        region,
        segment,
        lead_source,
        campaign
    from {{ ref('int_new_customer') }}
),

costs as (
    select * from {{ ref('int_acquisition_cost_month') }}
),

own_costs as (
    select
        customers.account_id,
        customers.cohort_month,
        customers.region,
        customers.segment,
        customers.lead_source,
        customers.campaign,
        coalesce(costs.cost_amount, 0.0) as cost_amount,
        coalesce(costs.unconverted_amount, 0.0) as unconverted_amount
    from customers
    left join costs
        on
            customers.account_id = costs.account_id
            and customers.cohort_month = costs.month_start
),

other_costs as (
    select
        cast(null as varchar) as account_id,
        costs.month_start as cohort_month,
        '(unallocated)' as region,
        '(unallocated)' as segment,
        '(unallocated)' as lead_source,
        '(unallocated)' as campaign,
        sum(costs.cost_amount) as cost_amount,
        sum(costs.unconverted_amount) as unconverted_amount
    from costs
    left join customers
        on
            costs.account_id = customers.account_id
            and costs.month_start = customers.cohort_month
    where customers.account_id is null
    group by costs.month_start
),

parts as (
    select * from own_costs
    union all
    select * from other_costs
)

select
    parts.account_id,
    parts.cohort_month,
    parts.region,
    parts.segment,
    parts.lead_source,
    parts.campaign,
    parts.cost_amount,
    parts.unconverted_amount
from parts
inner join {{ ref('int_acquisition_cost_window') }} as cost_window
    on parts.cohort_month >= cost_window.known_from
