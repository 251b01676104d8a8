-- Stage visits, from the recorded changes where there are any, else from the current stage.
with deals as (
    select
        opportunity_id,
        pipeline_id,
        stage_id,
        created_at,
        closed_at,
        is_closed,
        is_won,
        is_stage_tracked
    from {{ ref('int_opportunity') }}
),

stages as (
    select * from {{ ref('crm_pipeline_stage') }}
),

recorded_values as (
    select
        record_id as opportunity_id,
        change_no,
        value as stage_id,
        valid_from,
        valid_to
    from {{ ref('int_field_value') }}
    where object_type = 'opportunity' and field_name = 'stage_id'
),

recorded_visits as (
    select
        deals.opportunity_id,
        recorded_values.change_no,
        recorded_values.stage_id,
        -- What held before the first recorded change held since the deal was created.
        case
            when recorded_values.change_no = 0 then deals.created_at
            else recorded_values.valid_from
        end as entered_at,
        recorded_values.valid_to = {{ last_instant() }} as is_last_known
    from deals
    inner join recorded_values
        on deals.opportunity_id = recorded_values.opportunity_id
    where
        recorded_values.stage_id is not null
        and (
            recorded_values.change_no > 0
            or deals.created_at < recorded_values.valid_to
        )
),

-- No recorded change: one visit in the current stage, since the closing where that stage is
-- terminal. A source that keeps a history and has none for a closed deal created it closed.
unrecorded_visits as (
    select
        deals.opportunity_id,
        cast(0 as bigint) as change_no,
        deals.stage_id,
        case
            when coalesce(not stages.is_open, deals.is_closed, deals.is_won, false)
                then
                    coalesce(
                        deals.closed_at, case when deals.is_stage_tracked then deals.created_at end
                    )
            else coalesce(deals.created_at, {{ day_start_at(as_of_date()) }})
        end as entered_at,
        true as is_last_known
    from deals
    left join stages
        on deals.stage_id = stages.stage_id
    left join recorded_values
        on deals.opportunity_id = recorded_values.opportunity_id
    where
        recorded_values.opportunity_id is null
        and deals.stage_id is not null
),

visits as (
    select * from recorded_visits
    union all
    select * from unrecorded_visits
),

-- A stage that is no longer in the pipeline says nothing; the deal's own flags do where it is
-- current.
typed_visits as (
    select
        visits.opportunity_id,
        visits.change_no,
        coalesce(stages.pipeline_id, deals.pipeline_id) as pipeline_id,
        visits.stage_id,
        case when not coalesce(stages.is_lost, false) then stages.sort_order end as sort_order,
        case
            when stages.is_won then 'won'
            when stages.is_lost then 'lost'
            when stages.stage_id is not null or not visits.is_last_known then 'open'
            when deals.is_won then 'won'
            when deals.is_closed then 'lost'
            else 'open'
        end as stage_type,
        visits.entered_at,
        deals.is_stage_tracked
    from visits
    inner join deals
        on visits.opportunity_id = deals.opportunity_id
    left join stages
        on visits.stage_id = stages.stage_id
    where visits.entered_at < {{ as_of_timestamp() }}
)

select
    opportunity_id,
    cast(row_number() over by_time as integer) as visit_no,
    pipeline_id,
    stage_id,
    cast(sort_order as integer) as sort_order,
    stage_type,
    entered_at,
    lead(entered_at) over by_time as exited_at,
    {{ reporting_date('entered_at') }} as entered_on,
    {{ reporting_date('lead(entered_at) over by_time') }} as exited_on,
    is_stage_tracked
from typed_visits
window by_time as (partition by opportunity_id order by entered_at, change_no)
