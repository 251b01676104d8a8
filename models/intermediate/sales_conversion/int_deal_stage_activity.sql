-- Activities of the deals that have left a stage. A day on which a deal moves on belongs to the
-- stage it was in first.
with deal_stages as (
    select *
    from {{ ref('int_deal_stage') }}
    where last_exited_on is not null
),

visits as (
    select
        opportunity_id,
        visit_no,
        stage_id,
        case when visit_no = 1 then entered_on else {{ date_plus_days('entered_on', 1) }} end
            as first_day,
        exited_on as last_day
    from {{ ref('int_opp_stage') }}
    where exited_on is not null
),

activities as (
    select
        activity_id,
        activity_type,
        opportunity_id,
        activity_on
    from {{ ref('int_activity_deal') }}
    where opportunity_id is not null
)

select
    deal_stages.opportunity_id,
    deal_stages.stage_id,
    deal_stages.stage,
    deal_stages.last_exited_on,
    deal_stages.exit_rep as rep,
    deal_stages.outcome,
    cast(null as varchar) as activity_type,
    1 as deal_count,
    0 as activity_count
from deal_stages
union all
select
    deal_stages.opportunity_id,
    deal_stages.stage_id,
    deal_stages.stage,
    deal_stages.last_exited_on,
    deal_stages.exit_rep as rep,
    deal_stages.outcome,
    activities.activity_type,
    0 as deal_count,
    1 as activity_count
from deal_stages
inner join visits
    on
        deal_stages.opportunity_id = visits.opportunity_id
        and deal_stages.stage_id = visits.stage_id
inner join activities
    on
        visits.opportunity_id = activities.opportunity_id
        and visits.first_day <= activities.activity_on
        and visits.last_day >= activities.activity_on
