-- What must be equal by definition, on the published tables and the fact behind them: the open
-- pipeline is the closing of the waterfall of B2; no rate of visibility exceeds one of its
-- conditions; the weighted pipeline does not exceed the open one; the counts are those of the
-- flags; steps that are covered, overdue and missing are all deals; a coverage target is the
-- inverse of the win rate by value; a chance is worked, missed or still open.
with kpi as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value,
        value_status,
        status_reason
    from {{ ref('kpi_pipeline_transparency') }}
    where value_status not in ('no_data', 'suppressed')
),

totals as (
    select *
    from kpi
    where dimension = 'total'
),

facts as (
    select
        month_start,
        count(*) as open_count,
        count_if(is_stale) as stale_count,
        count_if(is_idle and is_overdue_close) as twice_stale_count,
        count_if(stale_reason is not null) as reason_count,
        count_if(has_recent_activity) as active_count,
        count_if(is_visible) as visible_count,
        sum(net_amount) as open_amount
    from {{ ref('fct_opportunity_month') }}
    group by month_start
),

closings as (
    select
        period_start,
        value,
        value_status
    from {{ ref('kpi_sales_conversion') }}
    where
        metric_name = 'pipeline_movement_net_amount'
        and grain = 'month'
        and dimension_value = 'closing'
        and value_status <> 'no_data'
),

value_win_rates as (
    select
        {{ month_start('period_end') }} as period_start,
        value
    from {{ ref('kpi_sales_conversion') }}
    where
        metric_name = 'win_rate'
        and grain = 'r12m'
        and dimension_value = 'value_based'
        and value_status = 'ok'
),

problems as (
    select
        'open pipeline is not the closing of the waterfall' as problem,
        totals.period_start,
        closings.value as expected,
        totals.value as found
    from totals
    inner join closings
        on totals.period_start = closings.period_start
    where
        totals.metric_name = 'open_pipeline_net_amount'
        and totals.value_status <> 'partial'
        and closings.value_status <> 'partial'
        and not coalesce(abs(totals.value - closings.value) <= 0.01, false)
    union all
    select
        'a month of the waterfall has no open pipeline' as problem,
        closings.period_start,
        closings.value as expected,
        cast(null as double) as found
    from closings
    left join totals
        on
            totals.metric_name = 'open_pipeline_net_amount'
            and closings.period_start = totals.period_start
    where totals.period_start is null and closings.value is not null
    union all
    select
        'more visible than meet a condition' as problem,
        totals.period_start,
        kpi.numerator as expected,
        totals.numerator as found
    from totals
    inner join kpi
        on
            totals.metric_name = kpi.metric_name
            and totals.period_start = kpi.period_start
            and kpi.dimension = 'condition'
    where
        totals.metric_name in ('pipeline_visibility_rate', 'customer_360_coverage_rate')
        and (
            totals.numerator > kpi.numerator or totals.denominator <> kpi.denominator
        )
    union all
    select
        'fewer reached than by one channel, or more than by both' as problem,
        totals.period_start,
        sum(kpi.numerator) as expected,
        max(totals.numerator) as found
    from totals
    inner join kpi
        on
            totals.metric_name = kpi.metric_name
            and totals.period_start = kpi.period_start
            and kpi.dimension = 'channel'
    where totals.metric_name in ('contactable_customer_rate', 'cross_up_offer_reach_rate')
    group by totals.metric_name, totals.period_start
    having
        max(totals.numerator) < max(kpi.numerator) or max(totals.numerator) > sum(kpi.numerator)
    union all
    select
        'weighted pipeline exceeds the open one' as problem,
        weighted.period_start,
        opened.value as expected,
        weighted.value as found
    from kpi as weighted
    inner join kpi as opened
        on
            opened.metric_name = 'open_pipeline_net_amount'
            and weighted.period_start = opened.period_start
            and weighted.dimension = opened.dimension
            and weighted.dimension_value = opened.dimension_value
    where
        weighted.metric_name = 'weighted_pipeline_net_amount'
        and (weighted.value > opened.value + 0.005 or weighted.value < 0)
    union all
    select
        'rate does not count the flags of the fact' as problem,
        totals.period_start,
        cast(case totals.metric_name
            when 'stale_opportunity_rate' then facts.stale_count
            when 'activity_coverage_rate' then facts.active_count
            else facts.visible_count
        end as double) as expected,
        totals.numerator as found
    from totals
    left join facts
        on totals.period_start = facts.month_start
    where
        totals.metric_name in (
            'stale_opportunity_rate', 'activity_coverage_rate', 'pipeline_visibility_rate'
        )
        and not coalesce(
            totals.denominator = facts.open_count
            and totals.numerator = case totals.metric_name
                when 'stale_opportunity_rate' then facts.stale_count
                when 'activity_coverage_rate' then facts.active_count
                else facts.visible_count
            end,
            totals.denominator = 0
        )
    union all
    select
        'stale is not idle or overdue, each once' as problem,
        facts.month_start as period_start,
        cast(sum(kpi.numerator) - max(facts.twice_stale_count) as double) as expected,
        cast(max(facts.stale_count) as double) as found
    from facts
    inner join kpi
        on
            kpi.metric_name = 'stale_opportunity_rate'
            and kpi.dimension = 'reason'
            and facts.month_start = kpi.period_start
    group by facts.month_start
    having
        sum(kpi.numerator) - max(facts.twice_stale_count) <> max(facts.stale_count)
        or max(facts.reason_count) <> max(facts.stale_count)
    union all
    select
        'steps are not all deals' as problem,
        totals.period_start,
        max(totals.denominator) as expected,
        sum(kpi.numerator) as found
    from totals
    inner join kpi
        on
            totals.metric_name = kpi.metric_name
            and totals.period_start = kpi.period_start
            and kpi.dimension = 'next_step_status'
    where totals.metric_name = 'next_step_coverage_rate'
    group by totals.period_start
    having max(totals.denominator) <> sum(kpi.numerator)
    union all
    select
        'required coverage is not the inverse of the win rate by value' as problem,
        kpi.period_start,
        1 / nullif(value_win_rates.value, 0) as expected,
        kpi.value as found
    from kpi
    inner join value_win_rates
        on kpi.period_start = value_win_rates.period_start
    where
        kpi.metric_name = 'pipeline_coverage_ratio'
        and kpi.dimension_value = 'required'
        and kpi.status_reason is null
        and not coalesce(abs(kpi.value * value_win_rates.value - 1) < 1e-9, false)
    union all
    select
        'chances are not worked, missed or open' as problem,
        totals.period_start,
        max(totals.numerator) as expected,
        sum(kpi.numerator) as found
    from totals
    inner join kpi
        on
            totals.metric_name = kpi.metric_name
            and totals.grain = kpi.grain
            and totals.period_start = kpi.period_start
            and kpi.dimension = 'worked'
    where totals.metric_name = 'retention_chance_count'
    group by totals.grain, totals.period_start
    having max(totals.numerator) <> sum(kpi.numerator)
)

select *
from problems
