-- What a case cost in a month, in the order of the service cost of customers: booked on the case;
-- its share of the month's pool by working time; its working time × hourly rate only where no pool
-- is booked. Bookings on the customer are the customer's and not a case's.
with pool_bookings as (
    select
        cost_month as month_start,
        case_id,
        account_id,
        coalesce(cost_amount, 0.0) as cost_amount,
        unconverted_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool = 'service'
),

rest as (
    select
        month_start,
        sum(case when account_id is null then cost_amount else 0.0 end) as cost_amount,
        sum(case when account_id is null then unconverted_amount else 0.0 end)
            as unconverted_amount
    from pool_bookings
    group by month_start
),

work as (
    select
        *,
        minutes / nullif(sum(minutes) over (partition by work_month), 0) as work_share
    from {{ ref('int_service_work') }}
),

parts as (
    select
        case_id,
        month_start,
        cost_amount,
        unconverted_amount
    from pool_bookings
    where case_id is not null and account_id is not null
    union all
    select
        work.case_id,
        work.work_month as month_start,
        case
            when rest.month_start is not null then rest.cost_amount * work.work_share
            else
                work.minutes / 60.0
                * {{ reporting_amount('users.hourly_cost_amount', 'users.currency') }}
        end as cost_amount,
        case
            when rest.month_start is not null then rest.unconverted_amount * work.work_share
            else
                {{ unconverted_amount(
                    'users.hourly_cost_amount * work.minutes / 60.0', 'users.currency'
                ) }}
        end as unconverted_amount
    from work
    left join rest
        on work.work_month = rest.month_start
    left join {{ ref('crm_app_user') }} as users
        on work.user_id = users.user_id
    {{ fx_join('fx', 'users.currency', 'work.worked_on') }}
    where work.case_id is not null
),

costs as (
    select
        case_id,
        month_start,
        coalesce(sum(cost_amount), 0.0) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from parts
    group by case_id, month_start
),

-- The policy at the decision; a case that has no promise to decide keeps the one it names.
decided_policies as (
    select
        case_id,
        max(case when is_premium then 1 else 0 end) = 1 as is_premium
    from {{ ref('int_case_sla') }}
    group by case_id
),

policies as (
    select
        sla_policy_id,
        max(case when is_premium then 1 else 0 end) = 1 as is_premium
    from {{ ref('int_sla_target') }}
    group by sla_policy_id
)

select
    costs.case_id,
    costs.month_start,
    cases.account_id,
    coalesce(decided_policies.is_premium, policies.is_premium, false) as is_premium,
    costs.cost_amount,
    costs.unconverted_amount
from costs
inner join {{ ref('int_case') }} as cases
    on costs.case_id = cases.case_id
left join decided_policies
    on costs.case_id = decided_policies.case_id
left join policies
    on cases.sla_policy_id = policies.sla_policy_id
