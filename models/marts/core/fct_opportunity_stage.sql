with visits as (
    select * from {{ ref('int_opp_stage') }}
),

deals as (
    select
        opportunity_id,
        account_id,
        owner_user_id,
        region,
        country,
        segment,
        lead_source,
        sale_type,
        outcome
    from {{ ref('fct_opportunity') }}
),

with_owner as (
    select
        visits.*,
        {{ as_was_value('entry_owner', 'deals.owner_user_id') }} as owner_user_id,
        {{ as_was_value('exit_owner', 'deals.owner_user_id') }} as exit_owner_user_id
    from visits
    inner join deals
        on visits.opportunity_id = deals.opportunity_id
    {{ as_was_join(
        'entry_owner', 'opportunity', 'visits.opportunity_id', 'owner_user_id', 'visits.entered_at'
    ) }}
    {{ as_was_join(
        'exit_owner', 'opportunity', 'visits.opportunity_id', 'owner_user_id',
        'coalesce(visits.exited_at, ' ~ day_end_at(as_of_date()) ~ ')'
    ) }}
)

select
    with_owner.opportunity_id,
    with_owner.visit_no,
    deals.account_id,
    with_owner.pipeline_id as pipeline,
    with_owner.stage_id,
    coalesce(stages.stage, with_owner.stage_id) as stage,
    with_owner.sort_order,
    with_owner.stage_type,
    with_owner.entered_at,
    with_owner.exited_at,
    with_owner.entered_on,
    with_owner.exited_on,
    cast({{ days_between(
        'with_owner.entered_on', 'coalesce(with_owner.exited_on, ' ~ as_of_date() ~ ')'
    ) }} as integer) as visit_days,
    with_owner.exited_at is null as is_current,
    row_number() over (
        partition by with_owner.opportunity_id, with_owner.stage_id order by with_owner.visit_no
    ) = 1 as is_first_entry,
    with_owner.is_stage_tracked,
    with_owner.owner_user_id,
    owners.rep,
    owners.team,
    exit_owners.rep as exit_rep,
    deals.region,
    deals.country,
    deals.segment,
    deals.lead_source,
    deals.sale_type,
    deals.outcome
from with_owner
inner join deals
    on with_owner.opportunity_id = deals.opportunity_id
left join {{ ref('dim_stage') }} as stages
    on with_owner.stage_id = stages.stage_id
left join {{ ref('dim_user') }} as owners
    on with_owner.owner_user_id = owners.user_id
left join {{ ref('dim_user') }} as exit_owners
    on with_owner.exit_owner_user_id = exit_owners.user_id
