{%- set overdue = {
    'metric': 'overdue_rate',
    'numerator': 'coalesce(sum(case when is_overdue then receivable_amount end), 0.0)',
    'denominator': 'coalesce(sum(receivable_amount), 0.0)',
    'unconverted': 'sum(unconverted_amount)',
} -%}
-- Share of what customers owe that is past due, at each month end. What is owed to customers is
-- left out: it would make the rest look smaller.
with open_items as (
    select * from {{ ref('int_receivable_month') }}
    where open_amount > 0
),

overdue_items as (
    select * from open_items
    where is_overdue
),

band_cells as (
    {{ kpi_cells('overdue_items', 'month_start', [overdue], ['ageing_band']) }}
),

whole_cells as (
    {{ kpi_cells(
        'open_items', 'month_start', [overdue], ['region', 'segment', 'dispute_status']
    ) }}
),

all_cells as (
    select * from whole_cells
    union all
    select * from band_cells
    where dimension = 'ageing_band'
),

warm_up as (
    select
        month_start,
        max(case when is_warming_up then 1 else 0 end) = 1 as is_warming_up
    from {{ ref('int_receivable_balance') }}
    group by month_start
),

known_cells as (
    select
        all_cells.*,
        coalesce(warm_up.is_warming_up, true) as is_warming_up
    from all_cells
    left join warm_up
        on all_cells.period_start = warm_up.month_start
)

{{ relabelled_cells('known_cells', {
    'forced_status': "case when is_warming_up then 'no_data' end",
    'status_reason': "case when is_warming_up"
        ~ " then 'receivables of before the data are not known' end",
}) }}
