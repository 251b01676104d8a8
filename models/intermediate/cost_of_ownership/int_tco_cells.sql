-- What was booked, by month. A company that books no CRM pool at all has no known cost, not none.
with actual_bookings as (
    select * from {{ ref('int_tco_booking') }}
    where entry_type = 'actual'
),

cells as (
    {{ kpi_cells('actual_bookings', 'cost_date', [
        {
            'metric': 'tco_actual',
            'numerator': 'sum(cost_amount)',
            'unconverted': 'sum(unconverted_amount)',
            'note': {'label': 'unvalued_hours', 'count': 'ceil(sum(unvalued_hours))'},
        },
    ], ['cost_category', 'department']) }}
),

unknown_months as (
    select distinct
        'tco_actual' as metric_name,
        'month' as grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        'no CRM cost booked' as status_reason
    from {{ ref('int_period') }}
    where
        base_grain = 'month'
        and grain = 'month'
        and (select count(*) from actual_bookings) = 0
),

all_cells as (
    {{ relabelled_cells('cells', {
        'forced_status': "case when note_count > 0 then 'incomplete' end",
    }) | indent(4) }}
    union all
    {{ select_cells('unknown_months', [
        'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
        'status_reason',
    ]) | indent(4) }}
)

{{ relabelled_cells('all_cells', {}) }}
