with exposures as (
    select * from {{ ref('int_campaign_exposure') }}
),

campaigns as (
    select * from {{ ref('int_campaign') }}
),

margins as (
    select * from {{ ref('int_deal_margin') }}
)

select
    exposures.campaign_id,
    exposures.person_id,
    exposures.contact_id,
    exposures.lead_id,
    exposures.account_id,
    campaigns.campaign,
    campaigns.channel,
    campaigns.step_type,
    campaigns.topic,
    exposures.customer_type,
    accounts.segment,
    exposures.arm,
    exposures.is_randomised,
    campaigns.has_offer,
    exposures.enrolled_on,
    exposures.mature_on,
    cast(exposures.delivered_step_count as integer) as delivered_step_count,
    exposures.arm = 'treatment' and exposures.delivered_at is not null as is_delivered,
    exposures.clicked_at is not null as has_clicked,
    exposures.responded_at is not null as has_responded,
    exposures.opted_out_at is not null as has_opted_out,
    exposures.has_accepted,
    case when exposures.has_accepted then exposures.accepted_on end as accepted_on,
    exposures.has_converted,
    exposures.is_contaminated,
    exposures.opportunity_id,
    case when exposures.has_converted then margins.net_amount end as net_amount,
    case when exposures.has_converted then margins.cm1_amount end as cm1_amount,
    case when exposures.has_converted then coalesce(margins.unconverted_amount, 0.0) else 0.0 end
        as unconverted_amount,
    -- What the campaign cost, spread evenly over those it was meant for.
    case
        when exposures.arm = 'treatment'
            then campaigns.cost_amount / nullif(campaigns.treated_count, 0)
    end as cost_amount,
    case
        when exposures.arm = 'treatment'
            then campaigns.unconverted_cost_amount / nullif(campaigns.treated_count, 0)
        else 0.0
    end as unconverted_cost_amount
from exposures
inner join campaigns
    on exposures.campaign_id = campaigns.campaign_id
left join margins
    on exposures.opportunity_id = margins.opportunity_id
left join {{ ref('dim_account') }} as accounts
    on exposures.account_id = accounts.account_id
