-- Cost of keeping customers: booked on the account or its case, the rest spread evenly over the
-- customers of the month. Without any customer the cost stays unallocated.
with bookings as (
    select
        cost_month as month_start,
        account_id,
        coalesce(cost_amount, 0.0) as cost_amount,
        unconverted_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool = 'retention'
),

customers as (
    select
        account_id,
        month_start,
        count(*) over (partition by month_start) as customer_count
    from {{ ref('int_customer_month') }}
),

rest as (
    select
        month_start,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from bookings
    where account_id is null
    group by month_start
),

parts as (
    select * from bookings
    where account_id is not null
    union all
    select
        rest.month_start,
        customers.account_id,
        rest.cost_amount / coalesce(nullif(customers.customer_count, 0), 1) as cost_amount,
        rest.unconverted_amount / coalesce(nullif(customers.customer_count, 0), 1)
            as unconverted_amount
    from rest
    left join customers
        on rest.month_start = customers.month_start
)

select
    month_start,
    account_id,
    sum(cost_amount) as cost_amount,
    sum(unconverted_amount) as unconverted_amount
from parts
group by month_start, account_id
