with stages as (
    select
        deal_stage,
        -- Of Prospecting only what is still in it is known; in the funnel it would convert 100 %.
        case deal_stage when 'Engaging' then 1 when 'Won' then 2 end as sort_order,
        min(_source_file) as _source_file,
        min(_source_row) as _source_row,
        min(_loaded_at) as _loaded_at
    from {{ source('raw_maven', 'sales_pipeline') }}
    where deal_stage is not null
    group by deal_stage
)

{{ conform('pipeline_stage', 'maven', 'stages', {
    'stage_id': "'maven:' || deal_stage",
    'pipeline_id': "'MavenTech sales'",
    'stage_name': 'deal_stage',
    'sort_order': 'sort_order',
    'is_open': "deal_stage not in ('Won', 'Lost')",
    'is_won': "deal_stage = 'Won'",
    'is_lost': "deal_stage = 'Lost'",
}) }}
