-- Every instant at which the open pipeline of a deal changes, with its state before and after.
with endings as (
    select
        opportunity_id,
        ended_at,
        ended_as
    from {{ ref('int_opp_open_interval') }}
    where ended_at is not null
),

turns as (
    select
        *,
        coalesce(lag(is_open) over by_time, false) as was_open,
        coalesce(lag(amount) over by_time, 0.0) as amount_before,
        lag(pipeline) over by_time as pipeline_before,
        lag(rep) over by_time as rep_before,
        lag(region) over by_time as region_before
    from {{ ref('int_opp_state') }}
    window by_time as (partition by opportunity_id order by turned_at)
)

select
    turns.opportunity_id,
    turns.turned_at,
    {{ reporting_date('turns.turned_at') }} as turned_on,
    turns.currency,
    turns.was_open,
    turns.is_open,
    turns.opened_by,
    endings.ended_as,
    turns.amount_before,
    turns.amount,
    turns.rep_before,
    turns.rep,
    turns.region_before,
    turns.region,
    turns.pipeline_before,
    turns.pipeline
from turns
left join endings
    on
        turns.opportunity_id = endings.opportunity_id
        and turns.turned_at = endings.ended_at
where turns.was_open or turns.is_open
