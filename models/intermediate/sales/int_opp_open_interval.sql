-- When a deal was open: from its creation or a reopening to the next terminal stage.
with deals as (
    select
        opportunity_id,
        created_at,
        closed_at,
        is_closed,
        is_won
    from {{ ref('int_opportunity') }}
),

visits as (
    select
        opportunity_id,
        visit_no,
        stage_type,
        entered_at,
        lag(stage_type) over (partition by opportunity_id order by visit_no) as previous_type
    from {{ ref('int_opp_stage') }}
),

-- Openings and closings alternate; moves between open stages are neither.
turns as (
    select
        opportunity_id,
        visit_no,
        stage_type,
        entered_at,
        previous_type
    from visits
    where
        previous_type is null
        or (stage_type = 'open') <> (previous_type = 'open')
),

turns_with_next as (
    select
        *,
        lead(entered_at) over (partition by opportunity_id order by visit_no) as next_entered_at,
        lead(stage_type) over (partition by opportunity_id order by visit_no) as next_type
    from turns
),

intervals_by_stage as (
    -- The first one starts with the deal, also where its first recorded stage comes later.
    select
        turns_with_next.opportunity_id,
        case
            when turns_with_next.previous_type is null
                -- The smaller of the two, or the one that is known.
                then least(turns_with_next.entered_at, deals.created_at)
            else turns_with_next.entered_at
        end as opened_at,
        turns_with_next.next_entered_at as ended_at,
        case turns_with_next.previous_type
            when 'lost' then 'reopened'
            when 'won' then 'win cancelled'
            else 'created'
        end as opened_by,
        turns_with_next.next_type as ended_as
    from turns_with_next
    inner join deals
        on turns_with_next.opportunity_id = deals.opportunity_id
    where turns_with_next.stage_type = 'open'
    union all
    -- A deal whose first known stage is terminal was open until then.
    select
        turns_with_next.opportunity_id,
        deals.created_at as opened_at,
        turns_with_next.entered_at as ended_at,
        'created' as opened_by,
        turns_with_next.stage_type as ended_as
    from turns_with_next
    inner join deals
        on turns_with_next.opportunity_id = deals.opportunity_id
    where
        turns_with_next.stage_type <> 'open'
        and turns_with_next.previous_type is null
        and deals.created_at < turns_with_next.entered_at
),

-- No stage at all, or none as of as_of: the deal's own flags.
deals_without_stage as (
    select
        deals.opportunity_id,
        deals.created_at,
        deals.closed_at,
        deals.is_won,
        coalesce(deals.is_closed, deals.is_won, false)
        and (deals.closed_at is null or deals.closed_at < {{ as_of_timestamp() }}) as has_closed
    from deals
    left join visits
        on
            deals.opportunity_id = visits.opportunity_id
            and visits.visit_no = 1
    where visits.opportunity_id is null
),

intervals_by_flag as (
    select
        opportunity_id,
        coalesce(created_at, {{ day_start_at(as_of_date()) }}) as opened_at,
        case when has_closed then closed_at end as ended_at,
        'created' as opened_by,
        case when has_closed and is_won then 'won' when has_closed then 'lost' end as ended_as
    from deals_without_stage
    where
        not has_closed
        -- Closed without a closing date: nobody can say how long it was open.
        or created_at < closed_at
),

intervals as (
    select * from intervals_by_stage
    union all
    select * from intervals_by_flag
)

select
    opportunity_id,
    cast(row_number() over by_time as integer) as interval_no,
    opened_at,
    ended_at,
    {{ reporting_date('opened_at') }} as opened_on,
    {{ reporting_date('ended_at') }} as ended_on,
    opened_by,
    ended_as
from intervals
window by_time as (partition by opportunity_id order by opened_at, ended_at)
