-- Days of sales that are still open: the receivables are covered by the sales of the month, then
-- those of the month before, and so on; the last month counts in proportion. A month whose credit
-- notes outweigh its invoices covers nothing, but its days count.
with balances as (
    select * from {{ ref('int_receivable_balance') }}
),

steps as (
    select
        balances.month_start,
        balances.dimension,
        balances.dimension_value,
        balances.receivable_amount,
        balances.month_no - earlier.month_no as step_no,
        greatest(earlier.sales_amount, 0.0) as sales_amount,
        earlier.day_count,
        earlier.unconverted_amount
    from balances
    inner join balances as earlier
        on
            balances.dimension = earlier.dimension
            and balances.dimension_value = earlier.dimension_value
            and balances.month_no - earlier.month_no between 0 and 11
),

running as (
    select
        *,
        sum(sales_amount) over so_far as covered_amount,
        sum(day_count) over so_far as day_total
    from steps
    window so_far as (
        partition by month_start, dimension, dimension_value order by step_no
        rows between unbounded preceding and current row
    )
),

counted as (
    select
        month_start,
        dimension,
        dimension_value,
        max(receivable_amount) as receivable_amount,
        max(day_total) as window_day_count,
        count(*) as month_count,
        sum(
            case when covered_amount - sales_amount < receivable_amount then unconverted_amount end
        ) as unconverted_amount,
        min_by(
            day_total - day_count
            + (receivable_amount - (covered_amount - sales_amount))
            / nullif(sales_amount, 0) * day_count,
            case when covered_amount >= receivable_amount and sales_amount > 0 then step_no end
        ) as counted_days
    from running
    group by month_start, dimension, dimension_value
)

select
    month_start,
    dimension,
    dimension_value,
    receivable_amount,
    coalesce(unconverted_amount, 0.0) as unconverted_amount,
    case
        when receivable_amount <= 0 then null
        when counted_days is not null then counted_days
        -- A full year of sales does not cover what is open.
        when month_count = 12 then window_day_count
    end as dso_days,
    receivable_amount > 0 and counted_days is null and month_count = 12 as is_capped,
    receivable_amount > 0 and counted_days is null and month_count < 12 as is_before_data
from counted
