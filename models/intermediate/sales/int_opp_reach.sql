-- "Entered or passed": a deal that stands in a later stage has reached every earlier one. Lost has
-- no place in the order, so a jump to Lost reaches nothing.
with visits as (
    select
        opportunity_id,
        visit_no,
        pipeline_id,
        sort_order,
        entered_at
    from {{ ref('int_opp_stage') }}
    where sort_order is not null and is_stage_tracked
),

stages as (
    select
        pipeline_id,
        stage_id,
        sort_order,
        coalesce(is_won, false) as is_won
    from {{ ref('crm_pipeline_stage') }}
    where sort_order is not null and not coalesce(is_lost, false)
),

-- A deal that changed its pipeline is measured in the last one, its earlier stages by their order.
deals as (
    select
        opportunity_id,
        max_by(pipeline_id, visit_no) as pipeline_id,
        min(pipeline_id) <> max(pipeline_id) as has_changed_pipeline,
        min(entered_at) as funnel_entry_at
    from visits
    group by opportunity_id
),

reached_stages as (
    select
        deals.opportunity_id,
        deals.pipeline_id,
        deals.has_changed_pipeline,
        deals.funnel_entry_at,
        stages.stage_id,
        stages.sort_order,
        stages.is_won,
        min(visits.entered_at) as first_reached_at,
        count_if(visits.sort_order = stages.sort_order) = 0 as is_implied
    from deals
    inner join stages
        on deals.pipeline_id = stages.pipeline_id
    inner join visits
        on
            deals.opportunity_id = visits.opportunity_id
            and stages.sort_order <= visits.sort_order
    group by
        deals.opportunity_id,
        deals.pipeline_id,
        deals.has_changed_pipeline,
        deals.funnel_entry_at,
        stages.stage_id,
        stages.sort_order,
        stages.is_won
)

select
    opportunity_id,
    pipeline_id,
    stage_id,
    cast(sort_order as integer) as sort_order,
    is_won,
    first_reached_at,
    {{ reporting_date('first_reached_at') }} as first_reached_on,
    is_implied,
    {{ reporting_date('funnel_entry_at') }} as funnel_entry_on,
    cast({{ days_between(
        reporting_date('funnel_entry_at'), reporting_date('first_reached_at')
    ) }} as integer) as days_to_reach,
    has_changed_pipeline
from reached_stages
