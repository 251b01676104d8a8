-- Cost of winning customers in the month they were won: booked on the account, the rest of the pool
-- spread evenly over the new customers of the month (cac_lag_months later, where that is set). Cost
-- of a month that won nobody stays unallocated.
with bookings as (
    select
        {{ date_plus_months('cost_month', parameter('cac_lag_months')) }} as month_start,
        account_id,
        coalesce(cost_amount, 0.0) as cost_amount,
        unconverted_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool = 'acquisition'
),

new_customers as (
    select
        account_id,
        {{ month_start('acquired_on') }} as month_start,
        count(*) over (partition by {{ month_start('acquired_on') }}) as new_customer_count
    from {{ ref('int_customer_acquisition') }}
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
        new_customers.account_id,
        rest.cost_amount / coalesce(nullif(new_customers.new_customer_count, 0), 1) as cost_amount,
        rest.unconverted_amount / coalesce(nullif(new_customers.new_customer_count, 0), 1)
            as unconverted_amount
    from rest
    left join new_customers
        on rest.month_start = new_customers.month_start
)

select
    month_start,
    account_id,
    sum(cost_amount) as cost_amount,
    sum(unconverted_amount) as unconverted_amount
from parts
group by month_start, account_id
