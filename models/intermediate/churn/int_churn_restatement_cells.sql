-- How far a month has moved since it was first published. A month that has not been published yet
-- has nothing to differ from.
with current_values as (
    select
        'customer_churn_rate' as of_metric,
        cast(null as varchar) as variant,
        period_start,
        100 * (numerator / nullif(denominator, 0)) as current_value
    from {{ ref('int_churn_rate_cells') }}
    where grain = 'month' and dimension = 'total'
    union all
    select
        'net_customers_lost' as of_metric,
        'net_customers_lost' as variant,
        periods.period_start,
        coalesce(cells.numerator, 0.0) as current_value
    from (
        select distinct period_start
        from {{ ref('int_period') }}
        where grain = 'month'
    ) as periods
    left join {{ ref('int_churn_count_cells') }} as cells
        on
            periods.period_start = cells.period_start
            and cells.dimension = 'total'
),

first_values as (
    select
        metric_name,
        period_start,
        value * case when metric_name = 'customer_churn_rate' then 100 else 1 end as first_value,
        as_of as published_on
    from {{ ref('meta_first_published') }}
    where
        metric_name in ('customer_churn_rate', 'net_customers_lost')
        and grain = 'month'
        and dimension = 'total'
),

publications as (
    select count(*) > 0 as has_any
    from first_values
),

compared as (
    select
        'churn_restatement_log' as metric_name,
        current_values.variant,
        'month' as grain,
        current_values.period_start,
        case when current_values.variant is null then 'total' else 'variant' end as dimension,
        coalesce(current_values.variant, 'total') as dimension_value,
        current_values.current_value - first_values.first_value as value,
        case when first_values.period_start is not null then 1 else 0 end as n,
        case when first_values.period_start is null then 'no_data' end as forced_status,
        case
            when not publications.has_any then 'first run'
            when first_values.period_start is null then 'not published yet'
            else 'first published as of ' || cast(first_values.published_on as varchar)
        end as status_reason
    from current_values
    cross join publications
    left join first_values
        on
            current_values.of_metric = first_values.metric_name
            and current_values.period_start = first_values.period_start
)

{{ select_cells('compared', [
    'metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
    'forced_status', 'status_reason',
]) }}
