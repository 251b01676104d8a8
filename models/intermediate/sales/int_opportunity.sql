-- The deals of all other sales models: survivors of a merge, known by as_of.
with deals as (
    select * from {{ ref('crm_opportunity') }}
),

-- Earliest start wins (G6): a merged duplicate may be older than the deal that is left.
first_creations as (
    select
        coalesce(master_opportunity_id, opportunity_id) as opportunity_id,
        min(created_at) as created_at
    from deals
    group by coalesce(master_opportunity_id, opportunity_id)
),

tracking_sources as (
    select distinct source_name
    from {{ ref('int_tracked_field') }}
    where object_type = 'opportunity' and field_name = 'stage_id'
)

select
    deals.opportunity_id,
    deals.account_id,
    deals.primary_contact_id,
    deals.contact_count,
    deals.owner_user_id,
    deals.pipeline_id,
    deals.stage_id,
    deals.opportunity_type,
    deals.source_lead_id,
    deals.campaign_id,
    deals.lead_source,
    cast(deals.net_amount as double) as net_amount,
    deals.currency,
    cast(deals.probability as double) as probability,
    deals.expected_close_date,
    deals.closed_at,
    deals.is_closed,
    deals.is_won,
    deals.lost_reason,
    deals.lost_competitor,
    deals.next_step,
    deals.next_step_due_date,
    first_creations.created_at,
    {{ reporting_date('first_creations.created_at') }} as created_on,
    tracking_sources.source_name is not null
    and first_creations.created_at is not null as is_stage_tracked,
    deals.source_name
from deals
inner join first_creations
    on deals.opportunity_id = first_creations.opportunity_id
left join tracking_sources
    on deals.source_name = tracking_sources.source_name
where
    deals.master_opportunity_id is null
    -- A source that does not know when a deal was created: the deal is known from as_of on.
    and (first_creations.created_at is null or first_creations.created_at < {{ as_of_timestamp() }})
