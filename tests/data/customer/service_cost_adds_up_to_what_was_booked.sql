-- Allocated + unallocated service cost of a month is what was booked in the pool, or working time ×
-- rate where nothing was. Catches minutes that are valued by the pool and by a rate as well.
with allocated as (
    select
        month_start,
        sum(cost_amount) as cost_amount
    from {{ ref('int_service_cost_month') }}
    group by month_start
),

booked as (
    select
        cost_month as month_start,
        coalesce(sum(cost_amount), 0.0) as cost_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool = 'service'
    group by cost_month
),

rated as (
    select
        work.work_month as month_start,
        sum(
            work.minutes / 60.0
            * {{ reporting_amount('users.hourly_cost_amount', 'users.currency') }}
        ) as cost_amount
    from {{ ref('int_service_work') }} as work
    inner join {{ ref('crm_app_user') }} as users
        on work.user_id = users.user_id
    {{ fx_join('fx', 'users.currency', 'work.worked_on') }}
    where
        users.hourly_cost_amount is not null
        and work.work_month not in (select booked.month_start from booked)
    group by work.work_month
),

expected as (
    select * from booked
    union all
    select * from rated
)

select
    coalesce(allocated.month_start, expected.month_start) as month_start,
    allocated.cost_amount as allocated_amount,
    expected.cost_amount as expected_amount
from allocated
full outer join expected
    on allocated.month_start = expected.month_start
where abs(coalesce(allocated.cost_amount, 0) - coalesce(expected.cost_amount, 0)) > 0.01
