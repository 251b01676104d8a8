-- What winning a customer costs against keeping one, per rolling year. The cost of winning is the
-- whole acquisition pool over all customers won, as in customer_acquisition_cost.
with periods as (
    select distinct
        period_start,
        base_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
),

acquisition as (
    select
        month_start,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_acquisition_cost_month') }}
    group by month_start
),

retention as (
    select
        month_start,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_retention_cost_month') }}
    group by month_start
),

won as (
    select
        {{ month_start('event_on') }} as month_start,
        sum(new_customer_count) as new_customer_count
    from {{ ref('int_new_customer_event') }}
    group by {{ month_start('event_on') }}
),

retained as (
    select
        period_start,
        count_if(not is_lost) as retained_count,
        max(confirmed_on) as complete_on
    from {{ ref('int_churn_base') }}
    where grain = 'r12m'
    group by period_start
),

years as (
    select
        periods.period_start,
        sum(coalesce(acquisition.cost_amount, 0.0)) as acquisition_cost_amount,
        sum(coalesce(retention.cost_amount, 0.0)) as retention_cost_amount,
        sum(coalesce(won.new_customer_count, 0)) as new_customer_count,
        sum(
            coalesce(acquisition.unconverted_amount, 0.0)
            + coalesce(retention.unconverted_amount, 0.0)
        ) as unconverted_amount,
        count_if(coverage.has_acquisition_cost) = count(*) as has_acquisition_cost,
        count_if(coverage.has_retention_cost) = count(*) as has_retention_cost
    from periods
    left join {{ ref('int_finance_month') }} as coverage
        on periods.base_start = coverage.month_start
    left join acquisition
        on periods.base_start = acquisition.month_start
    left join retention
        on periods.base_start = retention.month_start
    left join won
        on periods.base_start = won.month_start
    group by periods.period_start
),

parts as (
    select
        years.*,
        retained.complete_on,
        cast(retained.retained_count as bigint) as n,
        years.acquisition_cost_amount
        / nullif(cast(greatest(years.new_customer_count, 0) as double), 0)
            as acquisition_cost_per_customer_amount,
        years.retention_cost_amount / nullif(cast(retained.retained_count as double), 0)
            as retention_cost_per_customer_amount
    from years
    left join retained
        on years.period_start = retained.period_start
)

{{ select_cells(
    "(select 'acquisition_to_retention_cost_ratio' as metric_name, 'r12m' as grain, period_start,"
    ~ " 'total' as dimension, 'total' as dimension_value,"
    ~ " acquisition_cost_per_customer_amount as numerator,"
    ~ " retention_cost_per_customer_amount as denominator,"
    ~ " acquisition_cost_per_customer_amount"
    ~ " / nullif(retention_cost_per_customer_amount, 0) as value,"
    ~ " n, complete_on, unconverted_amount,"
    ~ " case when not has_acquisition_cost or not has_retention_cost then 'no_data' end"
    ~ " as forced_status,"
    ~ " nullif(concat_ws('; ', case when not has_acquisition_cost then 'acquisition cost unknown' end,"
    ~ " case when not has_retention_cost then 'retention cost unknown' end,"
    ~ " case when new_customer_count <= 0 then 'no new customer' end,"
    ~ " case when retention_cost_amount = 0 then 'no retention cost booked' end), '')"
    ~ " as status_reason from parts) as ratio_cells",
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
     'denominator', 'value', 'n', 'complete_on', 'unconverted_amount', 'forced_status',
     'status_reason']
) }}
