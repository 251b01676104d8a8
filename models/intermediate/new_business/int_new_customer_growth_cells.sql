-- New customers of a period against the same period a year before; unknown where that period lies
-- before the data.
with rolled_up as (
    select
        periods.grain,
        periods.period_start,
        cells.dimension,
        cells.dimension_value,
        sum(cells.numerator) as new_customer_count
    from {{ ref('int_new_customer_cells') }} as cells
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and cells.period_start = periods.base_start
    inner join {{ ref('int_metric_grain') }} as grains
        on
            grains.metric_name = 'new_customer_growth_rate'
            and periods.grain = grains.grain
    where cells.variant is null and cells.dimension in ('total', 'region', 'segment')
    group by periods.grain, periods.period_start, cells.dimension, cells.dimension_value
),

periods as (
    select distinct
        periods.grain,
        periods.period_start,
        {{ date_plus_months('periods.period_start', -12) }} as last_year_start
    from {{ ref('int_period') }} as periods
    inner join {{ ref('int_metric_grain') }} as grains
        on
            grains.metric_name = 'new_customer_growth_rate'
            and periods.grain = grains.grain
    where periods.base_grain = 'month'
),

slices as (
    select distinct
        dimension,
        dimension_value
    from rolled_up
    union distinct
    select
        'total' as dimension,
        'total' as dimension_value
),

-- The first month in which any table that tells a new customer is loaded.
data_window as (
    select
        greatest(
            min({{ month_start('coverage.first_event_date') }}), max(reporting.first_month)
        ) as first_month
    from {{ ref('int_table_coverage') }} as coverage
    cross join {{ ref('meta_reporting') }} as reporting
    where
        coverage.is_present
        and coverage.table_name in ('contract_line', 'invoice', 'opportunity')
),

compared as (
    select
        periods.grain,
        periods.period_start,
        slices.dimension,
        slices.dimension_value,
        coalesce(now.new_customer_count, 0.0) as now_count,
        coalesce(before.new_customer_count, 0.0) as before_count,
        now.new_customer_count is not null or before.new_customer_count is not null as is_observed,
        coalesce(periods.last_year_start < data_window.first_month, true) as is_before_data
    from periods
    cross join slices
    cross join data_window
    left join rolled_up as now
        on
            periods.grain = now.grain
            and periods.period_start = now.period_start
            and slices.dimension = now.dimension
            and slices.dimension_value = now.dimension_value
    left join rolled_up as before
        on
            periods.grain = before.grain
            and periods.last_year_start = before.period_start
            and slices.dimension = before.dimension
            and slices.dimension_value = before.dimension_value
),

cells as (
    select
        'new_customer_growth_rate' as metric_name,
        compared.grain,
        compared.period_start,
        compared.dimension,
        compared.dimension_value,
        compared.now_count - compared.before_count as numerator,
        compared.before_count as denominator,
        compared.now_count as n,
        case
            when compared.is_before_data then 'no_data'
            -- More withdrawn than won is no base to grow from.
            when compared.before_count < 0 then 'not_applicable'
        end as forced_status,
        nullif(concat_ws(
            '; ',
            churn_window.basis_reason,
            case when compared.is_before_data then 'previous year not covered' end
        ), '') as status_reason
    from compared
    cross join {{ ref('int_churn_window') }} as churn_window
    where compared.is_observed or compared.dimension = 'total'
)

{{ select_cells('cells', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
    'denominator', 'n', 'forced_status', 'status_reason',
]) }}
