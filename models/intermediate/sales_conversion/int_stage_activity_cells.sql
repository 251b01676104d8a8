with activity_rows as (
    select * from {{ ref('int_deal_stage_activity') }}
)

select activity_cells.*
from (
    {{ kpi_cells('activity_rows', 'last_exited_on', [
        {
            'metric': 'activities_per_stage',
            'numerator': 'sum(activity_count)',
            'denominator': 'sum(deal_count)',
            'n': 'case when sum(deal_count) > 0 then sum(deal_count) else sum(activity_count) end',
            'dimensions': ['stage', 'outcome × stage', 'rep × stage', 'activity_type'],
        },
    ]) | indent(4) }}
) as activity_cells
-- The deals themselves have no activity type.
where
    activity_cells.dimension <> 'activity_type'
    or activity_cells.dimension_value <> '(unknown)'
    or activity_cells.numerator > 0
