-- Service cost per customer in the order of the card: (1) booked on the account, (2) on its case,
-- (3) the rest of the month's pool by share of working time, (4) time × hourly rate only where no
-- pool is booked. (3) and (4) value the same hours and never meet. What reaches no customer stays
-- visible.
with pool_bookings as (
    select
        cost_month as month_start,
        account_id,
        case
            when category in ('phone_support', 'onsite_visit', 'consulting') then category
            else 'other'
        end as service_category,
        attribution_step,
        coalesce(cost_amount, 0.0) as cost_amount,
        unconverted_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool = 'service'
),

pool_months as (
    select distinct month_start
    from pool_bookings
),

work as (
    select * from {{ ref('int_service_work') }}
),

work_shares as (
    select
        work_month as month_start,
        account_id,
        sum(minutes) / nullif(sum(sum(minutes)) over (partition by work_month), 0) as work_share
    from work
    group by work_month, account_id
),

rest as (
    select
        month_start,
        service_category,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from pool_bookings
    where account_id is null
    group by month_start, service_category
),

rest_by_work as (
    select
        rest.month_start,
        work_shares.account_id,
        rest.service_category,
        case
            when work_shares.account_id is null then 'unallocated'
            else 'pool_share'
        end as attribution_step,
        rest.cost_amount * coalesce(work_shares.work_share, 1.0) as cost_amount,
        rest.unconverted_amount * coalesce(work_shares.work_share, 1.0) as unconverted_amount
    from rest
    left join work_shares
        on rest.month_start = work_shares.month_start
),

rated_work as (
    select
        work.work_month as month_start,
        work.account_id,
        work.service_category,
        case
            when work.account_id is null then 'unallocated'
            else 'hourly_rate'
        end as attribution_step,
        work.minutes / 60.0 * {{ reporting_amount('users.hourly_cost_amount', 'users.currency') }}
            as cost_amount,
        {{ unconverted_amount('users.hourly_cost_amount * work.minutes / 60.0', 'users.currency') }}
            as unconverted_amount
    from work
    inner join {{ ref('crm_app_user') }} as users
        on work.user_id = users.user_id
    {{ fx_join('fx', 'users.currency', 'work.worked_on') }}
    left join pool_months
        on work.work_month = pool_months.month_start
    where
        pool_months.month_start is null
        and users.hourly_cost_amount is not null
),

parts as (
    select
        month_start,
        account_id,
        service_category,
        attribution_step,
        cost_amount,
        unconverted_amount
    from pool_bookings
    where account_id is not null
    union all
    select * from rest_by_work
    union all
    select * from rated_work
)

select
    month_start,
    account_id,
    service_category,
    attribution_step,
    coalesce(sum(cost_amount), 0.0) as cost_amount,
    sum(unconverted_amount) as unconverted_amount
from parts
group by month_start, account_id, service_category, attribution_step
