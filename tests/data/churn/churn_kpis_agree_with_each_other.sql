-- What must be equal by definition, on the published table: the net count is lost − reactivated of
-- the movements, the movements close, the hazard of all stages in a month is the churn rate, both
-- MRR rates stand on the same base, nobody is lost from the stock without being lost, and the rate
-- per year is what the twelve published monthly rates compound to.
with kpi as (
    select
        metric_name,
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value
    from {{ ref('kpi_churn') }}
    where value_status not in ('no_data', 'suppressed')
),

movements as (
    select
        grain,
        period_start,
        max(case when dimension_value = 'start' then numerator end) as start_count,
        max(case when dimension_value = 'new' then numerator end) as new_count,
        max(case when dimension_value = 'reactivated' then numerator end) as reactivated_count,
        max(case when dimension_value = 'lost' then numerator end) as lost_count,
        max(case when dimension_value = 'end' then numerator end) as end_count
    from kpi
    where metric_name = 'net_customers_lost' and dimension = 'movement'
    group by grain, period_start
),

totals as (
    select * from kpi
    where dimension = 'total'
),

problems as (
    select
        'movements do not close' as problem,
        grain,
        period_start,
        start_count + new_count + reactivated_count - lost_count as expected,
        end_count as found
    from movements
    where start_count + new_count + reactivated_count - lost_count <> end_count
    union all
    select
        'net count is not lost - reactivated' as problem,
        movements.grain,
        movements.period_start,
        movements.lost_count - movements.reactivated_count as expected,
        totals.numerator as found
    from movements
    inner join totals
        on
            totals.metric_name = 'net_customers_lost'
            and movements.grain = totals.grain
            and movements.period_start = totals.period_start
    where movements.lost_count - movements.reactivated_count <> totals.numerator
    union all
    select
        'churn rate does not stand on the stock' as problem,
        movements.grain,
        movements.period_start,
        movements.start_count as expected,
        totals.denominator as found
    from movements
    inner join totals
        on
            totals.metric_name in ('customer_churn_rate', 'net_customer_churn_rate')
            and movements.grain = totals.grain
            and movements.period_start = totals.period_start
    where movements.start_count <> totals.denominator
    union all
    select
        'more lost from the stock than lost' as problem,
        movements.grain,
        movements.period_start,
        movements.lost_count as expected,
        totals.numerator as found
    from movements
    inner join totals
        on
            totals.metric_name = 'customer_churn_rate'
            and movements.grain = totals.grain
            and movements.period_start = totals.period_start
    where totals.numerator > movements.lost_count
    union all
    select
        'hazard is not the monthly churn rate' as problem,
        hazards.grain,
        hazards.period_start,
        rates.numerator as expected,
        hazards.numerator as found
    from totals as hazards
    inner join totals as rates
        on
            rates.metric_name = 'customer_churn_rate'
            and hazards.grain = rates.grain
            and hazards.period_start = rates.period_start
    where
        hazards.metric_name = 'journey_stage_churn_hazard'
        and hazards.grain = 'month'
        and (hazards.numerator <> rates.numerator or hazards.denominator <> rates.denominator)
    union all
    select
        'MRR rates stand on different bases' as problem,
        gross.grain,
        gross.period_start,
        gross.denominator as expected,
        net.denominator as found
    from totals as gross
    inner join totals as net
        on
            net.metric_name = 'net_mrr_churn_rate'
            and gross.grain = net.grain
            and gross.period_start = net.period_start
    where
        gross.metric_name = 'gross_mrr_churn_rate'
        and (
            abs(gross.denominator - net.denominator) > 0.005
            or net.numerator > gross.numerator + 0.005
        )
    union all
    select
        'months do not compound to the year' as problem,
        years.grain,
        years.period_start,
        1 - exp(sum(ln(1 - months.value))) as expected,
        max(years.value) as found
    from kpi as years
    inner join totals as months
        on
            months.metric_name = 'customer_churn_rate'
            and months.grain = 'month'
            and years.period_start <= months.period_start
            and years.period_end >= months.period_end
    where years.metric_name = 'customer_churn_rate' and years.dimension_value = 'annualised'
    group by years.grain, years.period_start
    having
        case
            when count(months.value) = 12
                then not coalesce(
                        abs(max(years.value) - (1 - exp(sum(ln(1 - months.value))))) < 1e-9, false
                    )
            else max(years.value) is not null
        end
)

select *
from problems
