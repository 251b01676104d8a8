-- Where in the funnel is the most money lost against what was usual? Per step of the last rolling
-- year that is final: the rate, its baseline, and what the gap costs: deals that reached the step
-- × gap × conversion of the steps behind it × average won deal.
with latest as (
    select max(period_start) as period_start
    from {{ ref('kpi_sales_conversion') }}
    where
        metric_name = 'stage_conversion_rate'
        and grain = 'r12m'
        and dimension = 'total'
        and value_status in ('ok', 'low_n')
),

steps as (
    select
        kpi.dimension_value as stage_step,
        kpi.numerator as advanced_count,
        kpi.denominator as reached_count,
        kpi.value as conversion_rate,
        kpi.ci_high,
        kpi.value_status
    from {{ ref('kpi_sales_conversion') }} as kpi
    inner join latest
        on kpi.period_start = latest.period_start
    where
        kpi.metric_name = 'stage_conversion_rate'
        and kpi.grain = 'r12m'
        and kpi.dimension = 'stage_step'
),

baselines as (
    select
        dim_value as stage_step,
        max(cast(baseline_value as double)) as baseline_rate
    from {{ ref('crm_kpi_target') }}
    where metric_name = 'stage_conversion_rate' and dim_name = 'stage_step'
    group by dim_value
),

positions as (
    select
        stage_step,
        pipeline,
        position
    from {{ ref('dim_stage') }}
    where stage_step is not null
),

average_deal as (
    select sum(net_amount) / nullif(count(*), 0) as won_net_amount
    from {{ ref('fct_opportunity') }}
    where
        outcome = 'won'
        and closed_on > {{ date_plus_months(as_of_date(), -12) }}
),

placed as (
    select
        steps.*,
        positions.pipeline,
        positions.position,
        baselines.baseline_rate
    from steps
    inner join positions
        on steps.stage_step = positions.stage_step
    left join baselines
        on steps.stage_step = baselines.stage_step
),

-- What a deal that gets past this step is worth further down.
downstream as (
    select
        placed.stage_step,
        coalesce(
            exp(sum(case when later.conversion_rate > 0 then ln(later.conversion_rate) end)), 1.0
        ) as later_conversion_rate
    from placed
    left join placed as later
        on
            placed.pipeline = later.pipeline
            and placed.position < later.position
    group by placed.stage_step
)

select
    placed.pipeline,
    placed.stage_step,
    placed.reached_count,
    placed.advanced_count,
    placed.conversion_rate,
    placed.baseline_rate,
    placed.ci_high < placed.baseline_rate as is_off_baseline,
    placed.value_status,
    placed.reached_count * (placed.baseline_rate - placed.conversion_rate)
    * downstream.later_conversion_rate * average_deal.won_net_amount as lost_net_amount
from placed
inner join downstream
    on placed.stage_step = downstream.stage_step
cross join average_deal
order by lost_net_amount desc, placed.stage_step asc
