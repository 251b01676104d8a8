-- Human attempts to move a deal or a lead on that reached somebody: connected calls and held
-- meetings. Talks with customers who have nothing to decide are none.
{%- set moves = [] %}
{%- for column in ['mql_at', 'sal_at', 'sql_at', 'converted_at'] %}
{%- set until = plus_seconds('activities.started_at', parameter('touch_days') ~ ' * 86400') %}
{%- do moves.append(
    'coalesce(leads.' ~ column ~ ' > activities.started_at'
    ~ ' and leads.' ~ column ~ ' <= ' ~ until ~ ', false)'
) %}
{%- endfor %}
with activities as (
    select
        activity_id,
        activity_type,
        contact_id,
        account_id,
        lead_id,
        started_at
    from {{ ref('crm_activity') }}
    where
        started_at < {{ as_of_timestamp() }}
        and not coalesce(is_automated, false)
        and case_id is null
        and (
            (activity_type = 'call' and outcome = 'connected')
            or (activity_type in ('meeting', 'visit') and outcome = 'held')
        )
),

assigned_deals as (
    select
        activity_id,
        opportunity_id
    from {{ ref('int_activity_deal') }}
    where opportunity_id is not null
),

deal_touches as (
    select
        activities.activity_id,
        activities.started_at,
        assigned_deals.opportunity_id,
        max(visits.sort_order) as sort_order
    from activities
    inner join assigned_deals
        on activities.activity_id = assigned_deals.activity_id
    -- Without a history of stages nobody could be seen to move on.
    inner join {{ ref('int_opportunity') }} as deals
        on
            assigned_deals.opportunity_id = deals.opportunity_id
            and deals.is_stage_tracked
    inner join {{ ref('int_opp_open_interval') }} as intervals
        on
            assigned_deals.opportunity_id = intervals.opportunity_id
            and activities.started_at >= intervals.opened_at
            and activities.started_at < coalesce(intervals.ended_at, {{ last_instant() }})
    left join {{ ref('int_opp_stage') }} as visits
        on
            assigned_deals.opportunity_id = visits.opportunity_id
            and activities.started_at >= visits.entered_at
            and activities.started_at < coalesce(visits.exited_at, {{ last_instant() }})
    group by activities.activity_id, activities.started_at, assigned_deals.opportunity_id
),

-- The next stage: one further on than the deal was, or the win. Lost has no place in the order.
deal_progress as (
    select
        deal_touches.activity_id,
        count(visits.visit_no) > 0 as has_converted
    from deal_touches
    left join {{ ref('int_opp_stage') }} as visits
        on
            deal_touches.opportunity_id = visits.opportunity_id
            and deal_touches.started_at < visits.entered_at
            and {{ plus_seconds(
                'deal_touches.started_at', parameter('touch_days') ~ ' * 86400'
            ) }} >= visits.entered_at
            and (
                visits.stage_type = 'won'
                or deal_touches.sort_order < visits.sort_order
            )
    group by deal_touches.activity_id
),

leads as (
    select
        leads.lead_id,
        leads.mql_at,
        leads.sal_at,
        leads.sql_at,
        leads.rejected_at,
        leads.deactivated_at,
        deals.created_at as converted_at
    from {{ ref('crm_lead') }} as leads
    left join {{ ref('int_opportunity') }} as deals
        on leads.converted_opportunity_id = deals.opportunity_id
    where leads.master_lead_id is null
),

-- Who has been given up or has become a deal is no lead any more.
lead_progress as (
    select
        activities.activity_id,
        {{ moves | join('\n        or ') }} as has_converted
    from activities
    inner join leads
        on activities.lead_id = leads.lead_id
    left join deal_progress
        on activities.activity_id = deal_progress.activity_id
    where
        deal_progress.activity_id is null
        and coalesce(leads.converted_at > activities.started_at, true)
        and coalesce(leads.rejected_at > activities.started_at, true)
        and coalesce(leads.deactivated_at > activities.started_at, true)
),

progress as (
    select * from deal_progress
    union all
    select * from lead_progress
)

select
    activities.activity_id,
    activities.activity_type,
    activities.contact_id,
    activities.account_id,
    activities.lead_id,
    activities.started_at,
    progress.has_converted
from activities
inner join progress
    on activities.activity_id = progress.activity_id
