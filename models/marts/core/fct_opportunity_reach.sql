with reached_stages as (
    select * from {{ ref('int_opp_reach') }}
),

stages as (
    select * from {{ ref('dim_stage') }}
),

deals as (
    select * from {{ ref('fct_opportunity') }}
),

funnel_window as (
    select window_days from {{ ref('int_funnel_window') }}
),

entries as (
    select
        opportunity_id,
        min(first_reached_at) as funnel_entry_at
    from reached_stages
    group by opportunity_id
),

with_owner as (
    select
        reached_stages.*,
        funnel_window.window_days,
        {{ as_was_value('owner_then', 'deals.owner_user_id') }} as owner_user_id
    from reached_stages
    cross join funnel_window
    inner join entries
        on reached_stages.opportunity_id = entries.opportunity_id
    inner join deals
        on reached_stages.opportunity_id = deals.opportunity_id
    {{ as_was_join(
        'owner_then', 'opportunity', 'entries.opportunity_id', 'owner_user_id',
        'entries.funnel_entry_at'
    ) }}
)

select
    with_owner.opportunity_id,
    deals.account_id,
    with_owner.pipeline_id as pipeline,
    with_owner.stage_id,
    stages.stage,
    with_owner.sort_order,
    stages.stage_step,
    with_owner.first_reached_on,
    with_owner.days_to_reach,
    with_owner.is_implied,
    with_owner.funnel_entry_on,
    cast({{ date_plus_days('with_owner.funnel_entry_on', 'with_owner.window_days') }} as date)
        as mature_on,
    with_owner.days_to_reach <= with_owner.window_days as is_in_window,
    coalesce(next_stages.days_to_reach <= with_owner.window_days, false) as is_next_in_window,
    stages.position = 1 as is_first_stage,
    with_owner.is_won as is_won_stage,
    with_owner.has_changed_pipeline,
    with_owner.owner_user_id,
    owners.rep,
    owners.team,
    deals.region,
    deals.country,
    deals.segment,
    deals.lead_source,
    deals.campaign,
    deals.sale_type,
    deals.outcome
from with_owner
inner join stages
    on with_owner.stage_id = stages.stage_id
inner join deals
    on with_owner.opportunity_id = deals.opportunity_id
left join reached_stages as next_stages
    on
        with_owner.opportunity_id = next_stages.opportunity_id
        and stages.next_stage_id = next_stages.stage_id
left join {{ ref('dim_user') }} as owners
    on with_owner.owner_user_id = owners.user_id
