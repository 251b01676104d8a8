-- Cost against budget. The budget counts up to as_of, like the cost; only the forecast looks at the
-- whole period. What was put off is shown beside: postponing is no saving.
{%- set variance = {
    'metric': 'tco_budget_variance',
    'numerator': "sum(case entry when 'actual' then to_date_amount"
        ~ " when 'budget' then -to_date_amount else 0.0 end)",
    'denominator': "sum(case when entry = 'budget' then to_date_amount else 0.0 end)",
    'n': "count_if(entry = 'actual')",
    'unconverted': "sum(case when entry = 'actual' then unconverted_amount else 0.0 end)",
    'note': {'label': 'unvalued_hours', 'count': 'ceil(sum(unvalued_hours))'},
} %}
with periods as (
    select distinct
        grain,
        period_start,
        period_end
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'quarter', 'year', 'r12m')
),

entries as (
    select
        periods.grain,
        periods.period_start,
        entries.cut,
        entries.is_planned,
        entries.cost_category,
        entries.department,
        entries.entry,
        entries.amount,
        entries.to_date_amount,
        entries.unconverted_amount,
        entries.unvalued_hours
    from periods
    inner join {{ ref('int_tco_entry') }} as entries
        on entries.month_start between periods.period_start and periods.period_end
    where
        entries.entry in ('actual', 'committed', 'deferred', 'budget')
        and periods.grain in ('month', 'quarter', 'year')
),

by_category as (
    select * from entries
    where cut in ('any', 'cost_category')
),

by_department as (
    select
        *,
        max(case when cut = 'department' and is_planned then 1 else 0 end) over (
            partition by grain, period_start
        ) as has_department_plan
    from entries
    where cut in ('any', 'department')
),

planned_departments as (
    select * from by_department
    where has_department_plan = 1
),

category_cells as (
    {{ kpi_cells('by_category', 'period_start', [
        variance,
        {
            'metric': 'tco_budget_variance',
            'variant': 'forecast',
            'numerator': "sum(case when entry in ('actual', 'committed') then amount"
                ~ " when entry = 'budget' then -amount else 0.0 end)",
            'denominator': "sum(case when entry = 'budget' then amount else 0.0 end)",
            'n': "count_if(entry in ('actual', 'committed'))",
            'unconverted': "sum(case when entry in ('actual', 'committed')"
                ~ " then unconverted_amount else 0.0 end)",
            'note': {'label': 'unvalued_hours', 'count': 'ceil(sum(unvalued_hours))'},
        },
        {
            'metric': 'tco_budget_variance',
            'variant': 'deferred',
            'numerator': "sum(case when entry = 'deferred' then to_date_amount else 0.0 end)",
            'n': "count_if(entry = 'deferred')",
            'unconverted': "sum(case when entry = 'deferred' then unconverted_amount else 0.0 end)",
        },
    ], ['cost_category'], grain_column='grain') }}
),

department_cells as (
    {{ kpi_cells(
        'planned_departments', 'period_start', [variance], ['department'], grain_column='grain'
    ) }}
),

-- Everything booked since the first day.
booked_so_far as (
    select
        periods.grain,
        periods.period_start,
        bookings.cost_amount,
        bookings.unconverted_amount,
        bookings.unvalued_hours
    from periods
    inner join {{ ref('int_tco_booking') }} as bookings
        on periods.period_end >= bookings.cost_date
    where bookings.entry_type = 'actual'
),

cumulative_cells as (
    {{ kpi_cells('booked_so_far', 'period_start', [
        {
            'metric': 'tco_actual',
            'variant': 'cumulative',
            'numerator': 'sum(cost_amount)',
            'unconverted': 'sum(unconverted_amount)',
            'note': {'label': 'unvalued_hours', 'count': 'ceil(sum(unvalued_hours))'},
        },
    ], grain_column='grain') }}
),

cells as (
    select * from category_cells
    union all
    select * from department_cells
    where dimension = 'department'
    union all
    select * from cumulative_cells
    where dimension = 'variant'
)

-- Without a budget there is nothing to compare with.
{{ relabelled_cells('cells', {
    'forced_status': "case"
        ~ " when metric_name = 'tco_budget_variance' and denominator = 0 then 'not_applicable'"
        ~ " when note_count > 0 then 'incomplete' end",
    'status_reason': "case"
        ~ " when metric_name = 'tco_budget_variance' and denominator = 0 then 'no budget' end",
}) }}
