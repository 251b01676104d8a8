-- What must be equal by definition. On the instances: every decided one is either met or broken,
-- has exactly one band, and is met exactly in the first two; covered and uncovered cases are all
-- cases. On the published table: the four bands are the decided instances, the first two of them
-- the compliance, and the premium margin is what its lines bring less what their cases cost.
with instances as (
    select * from {{ ref('fct_case_sla') }}
),

kpi as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value
    from {{ ref('kpi_sla_compliance') }}
    where value_status not in ('no_data', 'suppressed')
),

totals as (
    select * from kpi
    where dimension = 'total'
),

bands as (
    select
        grain,
        period_start,
        sum(numerator) as decided_count,
        sum(case when dimension_value in ('≤ 0.5', '0.5–1') then numerator end) as met_count,
        count(*) as band_count
    from kpi
    where metric_name = 'sla_faster_than_agreed_rate' and dimension = 'ratio_band'
    group by grain, period_start
),

months as (
    select
        {{ month_start('decided_on') }} as month_start,
        count(*) as decided_count,
        count_if(is_met) as met_count,
        count_if(not is_met) as broken_count
    from instances
    where decided_on is not null
    group by {{ month_start('decided_on') }}
),

covered as (
    select
        {{ month_start('started_on') }} as month_start,
        count(*) as case_count,
        count_if(is_sla_covered) as covered_count,
        count_if(not is_sla_covered) as uncovered_count
    from {{ ref('fct_case') }}
    where not is_excluded
    group by {{ month_start('started_on') }}
),

services as (
    select
        month_start,
        sum(mrr_amount) - sum(case_cost_amount) as margin_amount
    from {{ ref('fct_premium_service_month') }}
    group by month_start
),

problems as (
    select
        'met and broken are not the decided' as problem,
        'month' as grain,
        months.month_start as period_start,
        cast(months.met_count + months.broken_count as double) as expected,
        cast(months.decided_count as double) as found
    from months
    where months.met_count + months.broken_count <> months.decided_count
    union all
    select
        'a band contradicts the decision' as problem,
        'month' as grain,
        {{ month_start('started_on') }} as period_start,
        cast(case when is_met then 1 else 0 end as double) as expected,
        time_ratio as found
    from instances
    where
        (ratio_band is null) <> (is_met is null)
        or (ratio_band in ('≤ 0.5', '0.5–1')) <> is_met
        or (overrun_minutes > 0) <> not is_met
    union all
    select
        'the bands are not the decided instances' as problem,
        bands.grain,
        bands.period_start,
        totals.denominator as expected,
        bands.decided_count as found
    from totals
    left join bands
        on
            totals.grain = bands.grain
            and totals.period_start = bands.period_start
    where
        totals.metric_name = 'sla_faster_than_agreed_rate'
        and totals.denominator > 0
        and (
            bands.decided_count is distinct from totals.denominator
            or bands.band_count is distinct from 4
        )
    union all
    select
        'the first two bands are not the compliance' as problem,
        totals.grain,
        totals.period_start,
        totals.numerator as expected,
        bands.met_count as found
    from totals
    inner join bands
        on
            totals.grain = bands.grain
            and totals.period_start = bands.period_start
    where
        totals.metric_name = 'sla_compliance_rate'
        and (
            totals.numerator <> bands.met_count
            or totals.denominator <> bands.decided_count
        )
    union all
    select
        'compliance is not that of the instances' as problem,
        totals.grain,
        totals.period_start,
        cast(months.met_count as double) as expected,
        totals.numerator as found
    from months
    inner join totals
        on
            totals.metric_name = 'sla_compliance_rate'
            and totals.grain = 'month'
            and months.month_start = totals.period_start
    where
        totals.numerator <> months.met_count
        or totals.denominator <> months.met_count + months.broken_count
    union all
    select
        'covered and uncovered are not all cases' as problem,
        totals.grain,
        totals.period_start,
        cast(covered.covered_count + covered.uncovered_count as double) as expected,
        totals.denominator as found
    from covered
    inner join totals
        on
            totals.metric_name = 'sla_coverage_rate'
            and totals.grain = 'month'
            and covered.month_start = totals.period_start
    where
        covered.covered_count + covered.uncovered_count <> covered.case_count
        or totals.denominator <> covered.case_count
        or totals.numerator <> covered.covered_count
    union all
    select
        'margin is not revenue less cost' as problem,
        totals.grain,
        totals.period_start,
        services.margin_amount as expected,
        totals.numerator as found
    from services
    inner join totals
        on
            totals.metric_name = 'premium_service_margin'
            and totals.grain = 'month'
            and services.month_start = totals.period_start
    where abs(services.margin_amount - totals.numerator) > 0.005
)

select *
from problems
