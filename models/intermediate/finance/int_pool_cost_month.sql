-- Cost of winning customers, of keeping them and of the CRM (in one category: its own ones have
-- metrics of their own), on the customers that bear it: booked on the account or its case, the rest
-- of the month spread evenly over the customers won in it (acquisition, cac_lag_months later where
-- that is set) or over all customers of it. Cost of a month without such a customer stays
-- unallocated.
with bookings as (
    select
        cost_pool,
        case
            when cost_pool = 'acquisition'
                then {{ date_plus_months('cost_month', parameter('cac_lag_months')) }}
            else cost_month
        end as month_start,
        account_id,
        category as cost_category,
        coalesce(cost_amount, 0.0) as cost_amount,
        unconverted_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool in ('acquisition', 'retention')
    union all
    select
        'crm_tco' as cost_pool,
        month_start,
        cast(null as varchar) as account_id,
        'crm' as cost_category,
        cost_amount,
        unconverted_amount
    from {{ ref('int_tco_booking') }}
    where entry_type = 'actual'
),

shared_pools as (
    {%- for pool in ['retention', 'crm_tco'] %}
    select '{{ pool }}' as cost_pool
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

bearers as (
    select
        'acquisition' as cost_pool,
        account_id,
        {{ month_start('acquired_on') }} as month_start
    from {{ ref('int_customer_acquisition') }}
    union all
    select
        shared_pools.cost_pool,
        customers.account_id,
        customers.month_start
    from {{ ref('int_customer_month') }} as customers
    cross join shared_pools
),

counted_bearers as (
    select
        *,
        count(*) over (partition by cost_pool, month_start) as bearer_count
    from bearers
),

rest as (
    select
        cost_pool,
        month_start,
        cost_category,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from bookings
    where account_id is null
    group by cost_pool, month_start, cost_category
),

parts as (
    select * from bookings
    where account_id is not null
    union all
    select
        rest.cost_pool,
        rest.month_start,
        bearers.account_id,
        rest.cost_category,
        rest.cost_amount / coalesce(nullif(bearers.bearer_count, 0), 1) as cost_amount,
        rest.unconverted_amount / coalesce(nullif(bearers.bearer_count, 0), 1)
            as unconverted_amount
    from rest
    left join counted_bearers as bearers
        on
            rest.cost_pool = bearers.cost_pool
            and rest.month_start = bearers.month_start
)

select
    cost_pool,
    month_start,
    account_id,
    cost_category,
    sum(cost_amount) as cost_amount,
    sum(unconverted_amount) as unconverted_amount
from parts
group by cost_pool, month_start, account_id, cost_category
