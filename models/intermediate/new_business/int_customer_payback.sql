-- When a customer has earned back what winning it cost: the first month whose cumulative CM2
-- reaches the cost. It may fall below again later; the month stays.
with costs as (
    select
        account_id,
        cost_amount,
        unconverted_amount
    from {{ ref('int_cohort_cost') }}
    where account_id is not null
),

months as (
    select
        account_id,
        month_no,
        cm2_amount,
        net_revenue_amount,
        unconverted_amount,
        sum(cm2_amount) over so_far as cumulative_cm2_amount,
        sum(case when cm2_amount is null then 1 else 0 end) over so_far as unknown_month_count
    from {{ ref('int_new_customer_month') }}
    window so_far as (
        partition by account_id order by month_no
        rows between unbounded preceding and current row
    )
),

with_costs as (
    select
        months.*,
        costs.cost_amount,
        costs.unconverted_amount as unconverted_cost_amount,
        months.cumulative_cm2_amount >= costs.cost_amount and months.unknown_month_count = 0
            as is_reached
    from months
    inner join costs
        on months.account_id = costs.account_id
)

select
    account_id,
    max(cost_amount) as acquisition_cost_amount,
    max(unconverted_cost_amount) as unconverted_cost_amount,
    cast(max(month_no) + 1 as integer) as closed_month_count,
    coalesce(sum(net_revenue_amount), 0.0) as net_revenue_to_date_amount,
    case
        when count(cm2_amount) = count(*) then coalesce(sum(cm2_amount), 0.0)
    end as cm2_to_date_amount,
    cast(min(case when is_reached then month_no end) + 1 as integer) as break_even_month_no,
    min(case
        when is_reached
            then month_no
                + (cost_amount - (cumulative_cm2_amount - cm2_amount)) / nullif(cm2_amount, 0)
    end) as break_even_months,
    sum(unconverted_amount) as unconverted_amount
from with_costs
group by account_id
