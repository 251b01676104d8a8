-- The deals that reach the next stage are the ones the next step starts with, so the product of the
-- step rates is reached(won) ÷ reached(first). Fails for every funnel that drops skippers, counts a
-- stage twice, or lets a deal into a later step that is missing in an earlier one.
with steps as (
    select
        reached.funnel_entry_on,
        reached.pipeline,
        stages.position,
        count_if(reached.is_next_in_window) as next_count,
        count(*) as reached_count
    from {{ ref('fct_opportunity_reach') }} as reached
    inner join {{ ref('dim_stage') }} as stages
        on reached.stage_id = stages.stage_id
    where reached.is_in_window
    group by reached.funnel_entry_on, reached.pipeline, stages.position
)

select
    steps.funnel_entry_on,
    steps.pipeline,
    steps.position,
    steps.next_count,
    next_steps.reached_count
from steps
left join steps as next_steps
    on
        steps.funnel_entry_on = next_steps.funnel_entry_on
        and steps.pipeline = next_steps.pipeline
        and steps.position + 1 = next_steps.position
where steps.next_count <> coalesce(next_steps.reached_count, 0)
