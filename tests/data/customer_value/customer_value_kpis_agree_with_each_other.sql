-- What must be equal by definition, on the published tables: retention is what churn leaves, the
-- margins differ by exactly service and retention cost, allocated and unallocated service cost is
-- what was booked, the whale curve falls and ends at the total, kept MRR is never more than there
-- was, the parts of the customer value add up, a customer costs the same to win here and in new
-- business, and competitors take all who switched.
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
        value,
        value_status,
        status_reason
    from {{ ref('kpi_customer_value') }}
    where value_status not in ('no_data', 'suppressed')
),

totals as (
    select * from kpi
    where dimension in ('total', 'variant')
),

churn as (
    select *
    from {{ ref('kpi_churn') }}
    where metric_name = 'customer_churn_rate' and value_status not in ('no_data', 'suppressed')
),

years as (
    select
        period_start,
        max(base_start) as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
    group by period_start
),

year_costs as (
    select
        years.period_start,
        sum(months.service_cost_amount) as service_cost_amount,
        sum(months.retention_cost_amount) as retention_cost_amount
    from years
    inner join {{ ref('fct_customer_month') }} as ends
        on years.month_start = ends.month_start
    inner join {{ ref('int_account_month') }} as months
        on
            ends.account_id = months.account_id
            and years.period_start <= months.month_start
            and years.month_start >= months.month_start
    where ends.is_active_at_end and ends.cm3_r12_amount is not null
    group by years.period_start
),

opening_mrr as (
    select
        month_start,
        sum(opening_mrr_amount) as opening_mrr_amount
    from {{ ref('fct_customer_month') }}
    group by month_start
),

margins as (
    select
        cm1.period_start,
        cm1.numerator as cm1_amount,
        cm2.numerator as cm2_amount,
        cm3.numerator as cm3_amount,
        cm3.denominator as cm3_customers,
        cm2.denominator as cm2_customers
    from totals as cm1
    inner join totals as cm2
        on
            cm1.period_start = cm2.period_start
            and cm2.metric_name = 'profit_per_customer'
            and cm2.dimension = 'total'
    inner join totals as cm3
        on
            cm1.period_start = cm3.period_start
            and cm3.metric_name = 'profit_per_customer'
            and cm3.dimension_value = 'cm3'
    where cm1.metric_name = 'profit_per_customer' and cm1.dimension_value = 'cm1'
),

service_booked as (
    select
        costs.month_start as period_start,
        sum(costs.cost_amount) as booked_amount,
        sum(case when customers.account_id is null then costs.cost_amount else 0.0 end)
            as unallocated_amount
    from {{ ref('int_service_cost_month') }} as costs
    left join {{ ref('fct_customer_month') }} as customers
        on
            costs.account_id = customers.account_id
            and costs.month_start = customers.month_start
    group by costs.month_start
),

whale_curve as (
    select
        period_start,
        cast(dimension_value as integer) as decile,
        value,
        lag(value) over (
            partition by period_start order by cast(dimension_value as integer)
        ) as value_before,
        sum(numerator) over (
            partition by period_start order by cast(dimension_value as integer)
        ) as cumulative_amount,
        count(*) over (partition by period_start) as decile_count
    from kpi
    where
        metric_name = 'profit_per_customer'
        and dimension = 'decile'
        and dimension_value <> '(unknown)'
),

problems as (
    select
        'retention is not 1 - churn' as problem,
        retained.grain,
        retained.period_start,
        1 - churn.value as expected,
        retained.value as found
    from kpi as retained
    inner join churn
        on
            retained.grain = churn.grain
            and retained.period_start = churn.period_start
            and retained.dimension = churn.dimension
            and retained.dimension_value = churn.dimension_value
    where
        retained.metric_name = 'customer_retention_rate'
        and (
            abs(retained.value - (1 - churn.value)) > 1e-9
            or retained.denominator <> churn.denominator
            or retained.value_status <> churn.value_status
        )
    union all
    select
        'a churn rate without its retention rate' as problem,
        churn.grain,
        churn.period_start,
        churn.value as expected,
        cast(null as double) as found
    from churn
    left join kpi as retained
        on
            retained.metric_name = 'customer_retention_rate'
            and churn.grain = retained.grain
            and churn.period_start = retained.period_start
            and churn.dimension = retained.dimension
            and churn.dimension_value = retained.dimension_value
    where
        churn.dimension in ('total', 'segment', 'region', 'tenure_band')
        and retained.metric_name is null
    union all
    select
        'CM1 - service cost is not CM2' as problem,
        'r12m' as grain,
        margins.period_start,
        margins.cm1_amount - year_costs.service_cost_amount as expected,
        margins.cm2_amount as found
    from margins
    inner join year_costs
        on margins.period_start = year_costs.period_start
    where
        margins.cm2_customers = margins.cm3_customers
        and not coalesce(abs(
            margins.cm1_amount - year_costs.service_cost_amount - margins.cm2_amount
        ) < 0.05, false)
    union all
    select
        'CM2 - retention cost is not CM3' as problem,
        'r12m' as grain,
        margins.period_start,
        margins.cm2_amount - year_costs.retention_cost_amount as expected,
        margins.cm3_amount as found
    from margins
    inner join year_costs
        on margins.period_start = year_costs.period_start
    where
        margins.cm2_customers = margins.cm3_customers
        and not coalesce(abs(
            margins.cm2_amount - year_costs.retention_cost_amount - margins.cm3_amount
        ) < 0.05, false)
    union all
    select
        'allocated + unallocated service cost is not what was booked' as problem,
        totals.grain,
        totals.period_start,
        service_booked.booked_amount - service_booked.unallocated_amount as expected,
        totals.numerator as found
    from totals
    inner join service_booked
        on totals.period_start = service_booked.period_start
    where
        totals.metric_name = 'service_cost_per_customer'
        and totals.grain = 'month'
        and not coalesce(abs(
            totals.numerator + service_booked.unallocated_amount - service_booked.booked_amount
        ) < 0.01, false)
    union all
    select
        'whale curve rises again, or lacks a decile' as problem,
        'r12m' as grain,
        period_start,
        value_before as expected,
        value as found
    from whale_curve
    where value > value_before + 1e-6 or (decile_count <> 10 and decile = 1)
    union all
    select
        'whale curve does not end at the total' as problem,
        totals.grain,
        totals.period_start,
        totals.numerator as expected,
        whale_curve.cumulative_amount as found
    from whale_curve
    inner join totals
        on
            totals.metric_name = 'profit_per_customer'
            and totals.dimension = 'total'
            and whale_curve.period_start = totals.period_start
    where
        whale_curve.decile = whale_curve.decile_count
        and abs(whale_curve.cumulative_amount - totals.numerator) > 0.01
    union all
    select
        'more MRR kept than there was, or than is left' as problem,
        gross.grain,
        gross.period_start,
        least(net.value, 1) as expected,
        gross.value as found
    from kpi as gross
    inner join kpi as net
        on
            net.metric_name = 'net_revenue_retention'
            and gross.grain = net.grain
            and gross.period_start = net.period_start
            and gross.dimension = net.dimension
            and gross.dimension_value = net.dimension_value
    where
        gross.metric_name = 'gross_revenue_retention'
        and (gross.value > least(net.value, 1) + 1e-9 or gross.denominator <> net.denominator)
    union all
    select
        'opening MRR is not that of the MRR movements' as problem,
        totals.grain,
        totals.period_start,
        opening.opening_mrr_amount as expected,
        totals.denominator as found
    from totals
    inner join opening_mrr as opening
        on totals.period_start = opening.month_start
    where
        totals.metric_name = 'net_revenue_retention'
        and totals.dimension = 'total'
        and not coalesce(abs(totals.denominator - opening.opening_mrr_amount) < 0.01, false)
    union all
    select
        'historic + predictive is not the customer value' as problem,
        whole.grain,
        whole.period_start,
        historic.numerator + predictive.numerator as expected,
        whole.numerator as found
    from totals as whole
    inner join totals as historic
        on
            historic.metric_name = 'customer_lifetime_value_net'
            and historic.dimension_value = 'historic'
            and whole.period_start = historic.period_start
    inner join totals as predictive
        on
            predictive.metric_name = 'customer_lifetime_value_net'
            and predictive.dimension_value = 'predictive'
            and whole.period_start = predictive.period_start
    where
        whole.metric_name = 'customer_lifetime_value_net'
        and whole.dimension = 'total'
        and not coalesce(
            abs(historic.numerator + predictive.numerator - whole.numerator) < 0.01, false
        )
    union all
    select
        'cost of winning is not the acquisition cost of new business' as problem,
        ratios.grain,
        ratios.period_start,
        acquisition.value as expected,
        ratios.numerator as found
    from totals as ratios
    inner join {{ ref('kpi_new_business') }} as acquisition
        on
            acquisition.metric_name = 'customer_acquisition_cost'
            and acquisition.dimension = 'total'
            and ratios.grain = acquisition.grain
            and ratios.period_start = acquisition.period_start
    where
        ratios.metric_name = 'acquisition_to_retention_cost_ratio'
        and acquisition.value is not null
        and not coalesce(abs(ratios.numerator - acquisition.value) < 0.01, false)
    union all
    select
        'competitors do not add up to the switches' as problem,
        totals.grain,
        totals.period_start,
        totals.numerator as expected,
        coalesce(sum(competitors.numerator), 0) as found
    from totals
    left join kpi as competitors
        on
            competitors.metric_name = 'competitor_switch_rate'
            and competitors.dimension = 'competitor'
            and totals.grain = competitors.grain
            and totals.period_start = competitors.period_start
    where totals.metric_name = 'competitor_switch_rate' and totals.dimension = 'total'
    group by totals.grain, totals.period_start, totals.numerator
    having totals.numerator <> coalesce(sum(competitors.numerator), 0)
)

select *
from problems
