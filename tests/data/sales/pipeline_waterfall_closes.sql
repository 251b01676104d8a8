-- Opening plus all flows is the closing, for the whole and for every rep, region and pipeline, and
-- the closing of a month is the opening of the next. Opening and closing are snapshots, flows are
-- events: a change the event log missed, an owner or region taken from another moment, or a deal
-- counted open on the day it closed breaks the sum.
with movements as (
    select
        grain,
        period_start,
        period_end,
        dimension,
        case
            when dimension = 'movement' then 'total'
            else split_part(dimension_value, ' × ', 1)
        end as slice,
        case
            when dimension = 'movement' then dimension_value
            else split_part(dimension_value, ' × ', 2)
        end as movement,
        value,
        value_status
    from {{ ref('kpi_sales_conversion') }}
    where
        metric_name = 'pipeline_movement_net_amount'
        and (dimension = 'movement' or dimension like '% × movement')
        and value_status <> 'no_data'
),

waterfalls as (
    select
        grain,
        period_start,
        period_end,
        dimension,
        slice,
        coalesce(sum(case when movement = 'opening' then value end), 0) as opening_amount,
        coalesce(sum(case when movement not in ('opening', 'closing') then value end), 0)
            as flow_amount,
        coalesce(sum(case when movement = 'closing' then value end), 0) as closing_amount,
        -- With an amount that could not be converted on one side, the sides cannot be compared.
        max(case when value_status = 'partial' then 1 else 0 end) = 1 as has_gap
    from movements
    group by grain, period_start, period_end, dimension, slice
),

-- Of a month that has just begun other tables may know more than the pipeline's.
known_periods as (
    select distinct
        grain,
        period_start
    from waterfalls
    where dimension = 'movement'
)

select
    'opening + flows <> closing' as broken_identity,
    grain,
    period_start,
    dimension,
    slice,
    opening_amount + flow_amount as expected_amount,
    closing_amount as actual_amount
from waterfalls
where
    not has_gap
    and abs(opening_amount + flow_amount - closing_amount) > 0.01
union all
select
    'closing <> next opening' as broken_identity,
    waterfalls.grain,
    waterfalls.period_start,
    waterfalls.dimension,
    waterfalls.slice,
    waterfalls.closing_amount as expected_amount,
    coalesce(next_waterfalls.opening_amount, 0) as actual_amount
from waterfalls
inner join known_periods
    on
        waterfalls.grain = known_periods.grain
        and {{ date_plus_days('waterfalls.period_end', 1) }} = known_periods.period_start
left join waterfalls as next_waterfalls
    on
        known_periods.grain = next_waterfalls.grain
        and known_periods.period_start = next_waterfalls.period_start
        and waterfalls.dimension = next_waterfalls.dimension
        and waterfalls.slice = next_waterfalls.slice
where
    waterfalls.period_end < {{ as_of_date() }}
    and not waterfalls.has_gap
    and not coalesce(next_waterfalls.has_gap, false)
    and abs(waterfalls.closing_amount - coalesce(next_waterfalls.opening_amount, 0)) > 0.01
