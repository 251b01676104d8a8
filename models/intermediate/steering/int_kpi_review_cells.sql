-- A company that logs no review at all may hold them elsewhere: that is no data, not zero.
with logged as (
    select count(*) > 0 as is_logged
    from {{ ref('int_review_action') }}
),

reviews as (
    select due_reviews.*
    from {{ ref('fct_kpi_review') }} as due_reviews
    cross join logged
    where logged.is_logged
),

unknown_months as (
    select distinct
        'kpi_review_on_time_rate' as metric_name,
        'month' as grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        'no KPI review logged' as status_reason
    from {{ ref('int_period') }} as periods
    cross join logged
    where
        periods.base_grain = 'month'
        and periods.grain = 'month'
        and not logged.is_logged
)

{{ kpi_cells('reviews', 'due_on', [
    {
        'metric': 'kpi_review_on_time_rate',
        'numerator': 'count_if(is_on_time)',
        'denominator': 'count(*)',
    },
], ['owner', 'kpi']) }}
union all
{{ select_cells('unknown_months', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
