-- Which part of the deals that were to close in a period slipped out of it.
with plans as (
    select * from {{ ref('int_close_plan') }}
),

cells as (
    {{ kpi_cells('plans', 'period_start', [
        {
            'metric': 'close_date_slip_rate',
            'numerator': 'count_if(is_slipped)',
            'denominator': 'count(*)',
            'note': {'label': 'slipped_twice_or_more', 'count': 'count_if(n_slips > 1)'},
        },
    ], ['rep', 'stage', 'region'], grain_column='grain') }}
),

-- Without a history of the expected close nobody knows what slipped, which is not: nothing did.
unknown_periods as (
    select distinct
        'close_date_slip_rate' as metric_name,
        grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        'no history of expected_close_date' as status_reason
    from {{ ref('int_period') }}
    where
        base_grain = 'month'
        and grain in ('month', 'quarter', 'r12m')
        and (
            select count(*)
            from {{ ref('int_tracked_field') }} as tracked
            where
                tracked.object_type = 'opportunity'
                and tracked.field_name = 'expected_close_date'
        ) = 0
)

{{ relabelled_cells('cells', {}) }}
union all
{{ select_cells('unknown_periods', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
