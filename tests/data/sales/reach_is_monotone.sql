-- Whoever has reached a stage has reached every stage before it, and not later. Catches a reach
-- that follows the visits one by one instead of "entered or passed".
with reached as (
    select
        reached.opportunity_id,
        reached.pipeline_id,
        stages.position,
        reached.first_reached_at,
        lag(stages.position) over by_position as previous_position,
        lag(reached.first_reached_at) over by_position as previous_reached_at
    from {{ ref('int_opp_reach') }} as reached
    inner join {{ ref('dim_stage') }} as stages
        on reached.stage_id = stages.stage_id
    window by_position as (partition by reached.opportunity_id order by stages.position)
)

select *
from reached
where
    (previous_position is null and position <> 1)
    or position - previous_position > 1
    or first_reached_at < previous_reached_at
