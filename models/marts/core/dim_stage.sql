with stages as (
    select
        stage_id,
        pipeline_id,
        coalesce(stage_name, stage_id) as stage,
        case when coalesce(is_lost, false) then null else sort_order end as sort_order,
        case when is_won then 'won' when is_lost then 'lost' else 'open' end as stage_type,
        cast(default_probability as double) as default_probability,
        rot_after_days,
        source_name
    from {{ ref('crm_pipeline_stage') }}
),

-- Lost is no step of the way.
ordered_stages as (
    select
        stage_id,
        row_number() over by_order as position,
        lead(stage_id) over by_order as next_stage_id,
        lead(stage) over by_order as next_stage
    from stages
    where sort_order is not null
    window by_order as (partition by pipeline_id order by sort_order, stage_id)
)

select
    stages.stage_id,
    stages.stage,
    stages.pipeline_id,
    stages.pipeline_id as pipeline,
    stages.sort_order,
    cast(ordered_stages.position as integer) as position,
    stages.stage_type,
    stages.stage_type = 'open' as is_open,
    ordered_stages.next_stage_id,
    ordered_stages.next_stage,
    stages.pipeline_id || ': ' || stages.stage || ' → ' || ordered_stages.next_stage
        as stage_step,
    stages.default_probability,
    stages.rot_after_days,
    stages.source_name
from stages
left join ordered_stages
    on stages.stage_id = ordered_stages.stage_id
