-- What became of a deal as of as_of: the last terminal visit decides, an earlier loss is void.
with deals as (
    select
        opportunity_id,
        owner_user_id,
        created_at,
        created_on,
        closed_at,
        is_closed,
        is_won
    from {{ ref('int_opportunity') }}
),

visits as (
    select * from {{ ref('int_opp_stage') }}
),

last_visits as (
    select
        opportunity_id,
        stage_id,
        stage_type,
        entered_at
    from visits
    qualify row_number() over (partition by opportunity_id order by visit_no desc) = 1
),

last_open_visits as (
    select
        opportunity_id,
        stage_id as last_open_stage_id
    from visits
    where stage_type = 'open'
    qualify row_number() over (partition by opportunity_id order by visit_no desc) = 1
),

reopenings as (
    select
        opportunity_id,
        cast(count_if(opened_by = 'reopened') as integer) as n_reopen,
        cast(count_if(opened_by = 'win cancelled') as integer) as n_won_cancelled
    from {{ ref('int_opp_open_interval') }}
    group by opportunity_id
),

-- Days a deal lay in Lost before somebody took it up again; not part of the active cycle.
lost_times as (
    select
        opportunity_id,
        cast(sum({{ days_between('entered_on', 'exited_on') }}) as integer) as lost_days
    from visits
    where stage_type = 'lost' and exited_on is not null
    group by opportunity_id
),

outcomes as (
    select
        deals.opportunity_id,
        deals.owner_user_id,
        deals.created_at,
        deals.created_on,
        case
            when last_visits.opportunity_id is not null then last_visits.stage_type
            when not coalesce(deals.is_closed, deals.is_won, false) then 'open'
            when deals.closed_at >= {{ as_of_timestamp() }} then 'open'
            when deals.is_won then 'won'
            else 'lost'
        end as outcome,
        case
            when last_visits.opportunity_id is not null then last_visits.entered_at
            else deals.closed_at
        end as last_turn_at,
        case when last_visits.opportunity_id is not null then 'stage' else 'flags' end
            as outcome_basis,
        last_visits.stage_id
    from deals
    left join last_visits
        on deals.opportunity_id = last_visits.opportunity_id
),

dated_outcomes as (
    select
        *,
        case when outcome <> 'open' then last_turn_at end as outcome_at
    from outcomes
)

select
    dated_outcomes.opportunity_id,
    dated_outcomes.outcome,
    dated_outcomes.outcome_at,
    {{ reporting_date('dated_outcomes.outcome_at') }} as outcome_on,
    dated_outcomes.outcome_basis,
    {{ as_was_value('owner_then', 'dated_outcomes.owner_user_id') }} as owner_user_id,
    {{ is_as_was('owner_then') }} as is_owner_as_was,
    dated_outcomes.stage_id,
    last_open_visits.last_open_stage_id,
    coalesce(reopenings.n_reopen, 0) as n_reopen,
    coalesce(reopenings.n_won_cancelled, 0) as n_won_cancelled,
    coalesce(lost_times.lost_days, 0) as lost_days,
    dated_outcomes.created_at,
    dated_outcomes.created_on,
    {{ days_between('dated_outcomes.created_on', reporting_date('dated_outcomes.outcome_at')) }}
        as cycle_days
from dated_outcomes
left join last_open_visits
    on dated_outcomes.opportunity_id = last_open_visits.opportunity_id
left join reopenings
    on dated_outcomes.opportunity_id = reopenings.opportunity_id
left join lost_times
    on dated_outcomes.opportunity_id = lost_times.opportunity_id
{{ as_was_join(
    'owner_then', 'opportunity', 'dated_outcomes.opportunity_id', 'owner_user_id',
    'coalesce(dated_outcomes.outcome_at, ' ~ day_end_at(as_of_date()) ~ ')'
) }}
