-- All visits of a deal in one open stage together: how long it was there, and what was done
-- meanwhile.
with visits as (
    select *
    from {{ ref('fct_opportunity_stage') }}
    where stage_type = 'open' and is_stage_tracked
),

deal_stages as (
    select
        opportunity_id,
        stage_id,
        min(stage) as stage,
        min(entered_on) as first_entered_on,
        max(exited_on) as last_exited_on,
        sum(visit_days) as stage_days,
        bool_or(is_current) as is_current,
        min_by(rep, visit_no) as entry_rep,
        max_by(exit_rep, visit_no) as exit_rep,
        min(region) as region,
        min(outcome) as outcome
    from visits
    group by opportunity_id, stage_id
)

select
    opportunity_id,
    stage_id,
    stage,
    first_entered_on,
    -- While the deal stands in the stage nobody knows what it will still take.
    case when not is_current then last_exited_on end as last_exited_on,
    cast(stage_days as integer) as stage_days,
    is_current,
    entry_rep,
    exit_rep,
    region,
    outcome
from deal_stages
