with steps as (
    select * from {{ ref('int_lead_step') }}
),

won_steps as (
    select *
    from steps
    where funnel_step = 'won'
)

{{ kpi_cells('won_steps', 'created_on', [
    {
        'metric': 'funnel_cumulative_conversion_rate',
        'numerator': 'count_if(is_reached_in_window)',
        'denominator': 'count(*)',
        'complete_on': 'max(mature_on)',
        'dimensions': ['lead_source', 'campaign', 'region'],
    },
]) }}
union all
select step_cells.*
from (
    {{ kpi_cells('steps', 'created_on', [
        {
            'metric': 'funnel_cumulative_conversion_rate',
            'numerator': 'count_if(is_reached_in_window)',
            'denominator': 'count(*)',
            'complete_on': 'max(mature_on)',
            'dimensions': ['funnel_step'],
        },
    ]) | indent(4) }}
) as step_cells
where step_cells.dimension = 'funnel_step'
