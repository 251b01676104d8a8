-- Retention and acquisition cost with and without a customer is what was booked. Catches cost
-- spread over customers that a join then drops, or over one twice.
{%- set lag = parameter('cac_lag_months') %}
with allocated as (
    select
        'retention' as cost_pool,
        month_start,
        sum(cost_amount) as cost_amount
    from {{ ref('int_retention_cost_month') }}
    group by month_start
    union all
    select
        'acquisition' as cost_pool,
        month_start,
        sum(cost_amount) as cost_amount
    from {{ ref('int_acquisition_cost_month') }}
    group by month_start
),

booked as (
    select
        cost_pool,
        case
            when cost_pool = 'acquisition' then {{ date_plus_months('cost_month', lag) }}
            else cost_month
        end as month_start,
        coalesce(sum(cost_amount), 0.0) as cost_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool in ('retention', 'acquisition')
    group by cost_pool, cost_month
)

select
    coalesce(allocated.cost_pool, booked.cost_pool) as cost_pool,
    coalesce(allocated.month_start, booked.month_start) as month_start,
    allocated.cost_amount as allocated_amount,
    booked.cost_amount as booked_amount
from allocated
full outer join booked
    on
        allocated.cost_pool = booked.cost_pool
        and allocated.month_start = booked.month_start
where abs(coalesce(allocated.cost_amount, 0) - coalesce(booked.cost_amount, 0)) > 0.01
