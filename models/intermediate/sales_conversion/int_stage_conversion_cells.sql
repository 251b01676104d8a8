with reached_stages as (
    select *
    from {{ ref('fct_opportunity_reach') }}
    where is_in_window
),

steps as (
    select *
    from reached_stages
    where stage_step is not null
),

-- Nobody can win without having been in Won, so the last stage is no stage to skip.
skippable_stages as (
    select *
    from reached_stages
    where not is_won_stage
),

-- The first stage is reached by everybody who enters the funnel, so one row per deal.
funnel_entries as (
    select
        funnel_entry_on,
        mature_on,
        opportunity_id,
        bool_or(is_won_stage) as is_won_in_window
    from reached_stages
    group by funnel_entry_on, mature_on, opportunity_id
)

{{ kpi_cells('steps', 'funnel_entry_on', [
    {
        'metric': 'stage_conversion_rate',
        'numerator': 'count_if(is_next_in_window)',
        'denominator': 'count(*)',
        'complete_on': 'max(mature_on)',
        'dimensions': [
            'stage_step', 'rep × stage_step', 'team × stage_step', 'region × stage_step',
            'lead_source × stage_step', 'pipeline',
        ],
        'note': {
            'label': 'changed_pipeline',
            'count': 'count(distinct case when has_changed_pipeline then opportunity_id end)',
        },
    },
]) }}
union all
{{ kpi_cells('skippable_stages', 'funnel_entry_on', [
    {
        'metric': 'stage_skip_rate',
        'numerator': 'count_if(is_implied)',
        'denominator': 'count(*)',
        'complete_on': 'max(mature_on)',
        'dimensions': ['stage', 'rep × stage'],
    },
]) }}
union all
{{ kpi_cells('funnel_entries', 'funnel_entry_on', [
    {
        'metric': 'funnel_cumulative_conversion_rate',
        'variant': 'opportunity_funnel',
        'numerator': 'count_if(is_won_in_window)',
        'denominator': 'count(*)',
        'complete_on': 'max(mature_on)',
    },
]) }}
