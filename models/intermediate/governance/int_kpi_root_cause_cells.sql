with cells as (
    {{ kpi_cells(ref('int_kpi_off_target'), 'period_start', [
        {
            'metric': 'kpi_root_cause_rate',
            'numerator': 'count_if(has_root_cause)',
            'denominator': 'count(*)',
            'complete_on': 'max(settled_on)',
        },
    ], ['owner', 'kpi_area'], grain_column='grain') }}
),

-- A company that logs no review at all may hold them elsewhere: that is no data, not zero.
logged as (
    select count(*) > 0 as is_logged
    from {{ ref('int_review_action') }}
),

logged_cells as (
    select cells.*
    from cells
    cross join logged
    where logged.is_logged
),

unknown_periods as (
    select distinct
        'kpi_root_cause_rate' as metric_name,
        periods.grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        'no KPI review logged' as status_reason
    from {{ ref('int_period') }} as periods
    cross join logged
    where periods.grain in ('month', 'quarter') and not logged.is_logged
)

{{ relabelled_cells('logged_cells', {}) }}
union all
{{ select_cells('unknown_periods', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
