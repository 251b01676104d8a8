with campaigns as (
    select
        *,
        case
            when name is null then campaign_id
            when count(*) over (partition by name) > 1 then name || ' (' || campaign_id || ')'
            else name
        end as campaign
    from {{ ref('crm_campaign') }}
)

select
    campaigns.campaign_id,
    campaigns.campaign,
    campaigns.parent_campaign_id,
    parents.campaign as parent_campaign,
    campaigns.campaign_type as channel,
    coalesce(campaigns.is_automated, false) as is_automated,
    campaigns.step_count,
    case
        when campaigns.step_count > 1 then 'multi'
        when campaigns.step_count = 1 then 'single'
    end as step_type,
    campaigns.start_date,
    campaigns.end_date,
    campaigns.kpi_defined_at,
    campaigns.offer_product_id,
    products.product_family as topic,
    campaigns.conversion_window_days,
    campaigns.source_name
from campaigns
left join campaigns as parents
    on campaigns.parent_campaign_id = parents.campaign_id
left join {{ ref('crm_product') }} as products
    on campaigns.offer_product_id = products.product_id
