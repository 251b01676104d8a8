with activity_rows as (
    select * from {{ ref('int_deal_stage_activity') }}
),

activity_cells as (
    {{ kpi_cells('activity_rows', 'last_exited_on', [
        {
            'metric': 'activities_per_stage',
            'numerator': 'sum(activity_count)',
            'denominator': 'sum(deal_count)',
            'n': 'case when sum(deal_count) > 0 then sum(deal_count) else sum(activity_count) end',
            'dimensions': ['stage', 'outcome × stage', 'rep × stage', 'activity_type'],
        },
    ]) | indent(4) }}
)

{{ select_cells('activity_cells', cell_columns()) }}
-- The deals themselves have no activity type.
where
    dimension <> 'activity_type'
    or dimension_value <> '(unknown)'
    or numerator > 0
