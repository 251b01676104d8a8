-- The published total of the waterfall against the snapshots themselves: closing less opening of
-- the open deals at both ends. Catches a total that sums transfers, or leaves out a movement.
with totals as (
    select
        period_start,
        value
    from {{ ref('kpi_sales_conversion') }}
    where
        metric_name = 'pipeline_movement_net_amount'
        and grain = 'month'
        and dimension = 'total'
        and value_status not in ('no_data', 'partial')
),

snapshots as (
    select
        month_start,
        sum(net_amount) as open_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_opp_month') }}
    group by month_start
)

select
    totals.period_start,
    totals.value,
    coalesce(closing.open_amount, 0) - coalesce(opening.open_amount, 0) as expected_amount
from totals
left join snapshots as closing
    on totals.period_start = closing.month_start
left join snapshots as opening
    on totals.period_start = {{ date_plus_months('opening.month_start', 1) }}
where
    -- What could not be converted is missing on one side only.
    coalesce(closing.unconverted_amount, 0) + coalesce(opening.unconverted_amount, 0) = 0
    and abs(
        totals.value - coalesce(closing.open_amount, 0) + coalesce(opening.open_amount, 0)
    ) > 0.01
