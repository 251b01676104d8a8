-- A frame that only holds other campaigns together addresses nobody and is none of its own.
with frames as (
    select parents.campaign_id
    from {{ ref('crm_campaign') }} as parents
    inner join {{ ref('crm_campaign') }} as children
        on parents.campaign_id = children.parent_campaign_id
    left join {{ ref('int_campaign_step') }} as steps
        on parents.campaign_id = steps.campaign_id
    group by parents.campaign_id
    having count(steps.person_id) = 0
),

campaigns as (
    select campaigns.*
    from {{ ref('crm_campaign') }} as campaigns
    left join frames
        on campaigns.campaign_id = frames.campaign_id
    where frames.campaign_id is null
),

booked_costs as (
    select
        campaign_id,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_cost_booking') }}
    where campaign_id is not null
    group by campaign_id
),

people as (
    select
        campaign_id,
        count_if(arm = 'control' and is_randomised) as control_count,
        count_if(arm = 'treatment') as treated_count,
        count(accepted_at) as accepted_count
    from {{ ref('int_campaign_exposure') }}
    group by campaign_id
),

-- Targets are set before the start: those of the campaign, by its key or name.
targeted as (
    select distinct campaigns.campaign_id
    from campaigns
    inner join {{ ref('crm_kpi_target') }} as targets
        on
            targets.dim_name = 'campaign'
            and targets.dim_value in (campaigns.campaign_id, campaigns.name)
            and targets.target_value is not null
)

select
    campaigns.campaign_id,
    dims.campaign,
    dims.channel,
    dims.step_type,
    dims.topic,
    campaigns.start_date,
    coalesce({{ reporting_date('campaigns.kpi_defined_at') }} <= campaigns.start_date, false)
        as is_kpi_defined,
    targeted.campaign_id is not null as has_target,
    coalesce(people.control_count > 0 and people.treated_count > 0, false) as has_control,
    -- Nothing offered, nothing to accept. A source that never names a product does not say.
    campaigns.offer_product_id is not null
    or coalesce(people.accepted_count, 0) > 0
    or count(campaigns.offer_product_id) over (partition by campaigns.source_name) = 0
        as has_offer,
    coalesce(people.treated_count, 0) as treated_count,
    nullif(
        case
            when campaigns.actual_cost_amount is not null
                then {{ reporting_amount('campaigns.actual_cost_amount', 'campaigns.currency') }}
            else booked_costs.cost_amount
        end,
        0
    ) as cost_amount,
    case
        when campaigns.actual_cost_amount is not null
            then {{ unconverted_amount('campaigns.actual_cost_amount', 'campaigns.currency') }}
        else coalesce(booked_costs.unconverted_amount, 0.0)
    end as unconverted_cost_amount
from campaigns
inner join {{ ref('dim_campaign') }} as dims
    on campaigns.campaign_id = dims.campaign_id
left join booked_costs
    on campaigns.campaign_id = booked_costs.campaign_id
left join people
    on campaigns.campaign_id = people.campaign_id
left join targeted
    on campaigns.campaign_id = targeted.campaign_id
{{ fx_join('fx', 'campaigns.currency', 'campaigns.start_date') }}
