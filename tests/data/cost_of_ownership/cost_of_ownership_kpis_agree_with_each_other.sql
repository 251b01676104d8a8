-- What must be equal by definition: cost is what the pool was booked with, the running total grows
-- by the cost of the month, a variance is cost − budget, a saving never counts what was put off,
-- streams add up to the benefit, and the return is that benefit over that cost.
with totals as (
    select *
    from {{ ref('kpi_cost_of_ownership') }}
    where
        dimension in ('total', 'variant')
        and value_status not in ('no_data', 'suppressed')
),

booked as (
    select
        {{ month_start('entries.cost_date') }} as month_start,
        sum({{ reporting_amount('entries.net_amount', 'entries.currency') }}) as cost_amount
    from {{ ref('crm_cost_entry') }} as entries
    {{ fx_join('fx', 'entries.currency', 'entries.cost_date') }}
    where
        entries.cost_pool = 'crm_tco'
        and coalesce(entries.category, '') <> 'legacy'
        and coalesce(entries.entry_type, 'actual') = 'actual'
        and entries.cost_date <= {{ as_of_date() }}
        and entries.net_amount is not null
    group by {{ month_start('entries.cost_date') }}
),

costs as (
    select * from totals
    where metric_name = 'tco_actual' and dimension = 'total'
),

running_totals as (
    select
        grain,
        period_start,
        period_end,
        numerator,
        lag(numerator) over (partition by grain order by period_start) as numerator_before
    from totals
    where metric_name = 'tco_actual' and dimension = 'variant' and grain = 'month'
),

streams as (
    select
        grain,
        period_start,
        sum(numerator) as numerator
    from {{ ref('kpi_cost_of_ownership') }}
    where metric_name = 'crm_benefit_amount' and dimension = 'component'
    group by grain, period_start
),

problems as (
    select
        'cost is not what was booked' as problem,
        costs.grain,
        costs.period_start,
        booked.cost_amount as expected,
        costs.numerator as found
    from costs
    left join booked
        on costs.period_start = booked.month_start
    where
        costs.grain = 'month'
        and abs(coalesce(booked.cost_amount, 0.0) - costs.numerator) > 0.01
        and {{ parameter('internal_hourly_rate') }} is null
    union all
    select
        'running total does not grow by the cost of the month' as problem,
        costs.grain,
        costs.period_start,
        running_totals.numerator_before + costs.numerator as expected,
        running_totals.numerator as found
    from costs
    inner join running_totals
        on
            costs.grain = running_totals.grain
            and costs.period_start = running_totals.period_start
    where abs(running_totals.numerator_before + costs.numerator - running_totals.numerator) > 0.01
    union all
    select
        'variance is not cost - budget' as problem,
        costs.grain,
        costs.period_start,
        costs.numerator - variances.denominator as expected,
        variances.numerator as found
    from costs
    inner join totals as variances
        on
            variances.metric_name = 'tco_budget_variance'
            and variances.dimension = 'total'
            and costs.grain = variances.grain
            and costs.period_start = variances.period_start
    where abs(costs.numerator - variances.denominator - variances.numerator) > 0.01
    union all
    select
        'saving and attainment differ' as problem,
        savings.grain,
        savings.period_start,
        savings.value as expected,
        attainments.numerator as found
    from totals as savings
    inner join totals as attainments
        on
            attainments.metric_name = 'target_cost_saving_attainment'
            and savings.grain = attainments.grain
            and savings.period_start = attainments.period_start
    where
        savings.metric_name = 'cost_saving_realised'
        -- What is only partly known has parts, but no value.
        and savings.value_status <> 'partial'
        and not coalesce(abs(savings.value - attainments.numerator) < 0.01, false)
    union all
    select
        'saving counts what was put off' as problem,
        savings.grain,
        savings.period_start,
        sum(plans.to_date_amount) - max(costs.numerator) - max(deferrals.numerator) as expected,
        max(savings.value) as found
    from totals as savings
    inner join costs
        on
            savings.grain = costs.grain
            and savings.period_start = costs.period_start
    inner join totals as deferrals
        on
            deferrals.metric_name = 'tco_budget_variance'
            and deferrals.dimension_value = 'deferred'
            and savings.grain = deferrals.grain
            and savings.period_start = deferrals.period_start
    inner join {{ ref('int_tco_plan') }} as plans
        on
            plans.plan = 'tco_actual'
            and plans.cut = 'total'
            and plans.month_start between savings.period_start and savings.period_end
    where savings.metric_name = 'cost_saving_realised' and savings.value is not null
    group by savings.grain, savings.period_start
    having
        abs(
            sum(plans.to_date_amount) - max(costs.numerator) - max(deferrals.numerator)
            - max(savings.value)
        ) > 0.01
    union all
    select
        'streams do not add up to the benefit' as problem,
        benefits.grain,
        benefits.period_start,
        streams.numerator as expected,
        benefits.numerator as found
    from totals as benefits
    inner join streams
        on
            benefits.grain = streams.grain
            and benefits.period_start = streams.period_start
    where
        benefits.metric_name = 'crm_benefit_amount'
        and not coalesce(abs(streams.numerator - benefits.numerator) < 0.01, false)
    union all
    select
        'return is not benefit over cost' as problem,
        returns.grain,
        returns.period_start,
        benefits.numerator - costs.numerator as expected,
        returns.numerator as found
    from totals as returns
    inner join totals as benefits
        on
            benefits.metric_name = 'crm_benefit_amount'
            and returns.grain = benefits.grain
            and returns.period_start = benefits.period_start
    inner join costs
        on
            returns.grain = costs.grain
            and returns.period_start = costs.period_start
    where
        returns.metric_name = 'crm_roi'
        and returns.dimension = 'total'
        and not coalesce(
            abs(benefits.numerator - costs.numerator - returns.numerator) < 0.01
            and abs(returns.denominator - costs.numerator) < 0.01, false
        )
)

select *
from problems
