-- Whose deal it was, and where, at its outcome; of an open deal at as_of (G12).
with deals as (
    select
        deals.opportunity_id,
        deals.account_id,
        deals.lead_source,
        deals.campaign_id,
        deals.source_name,
        outcomes.owner_user_id,
        outcomes.is_owner_as_was,
        coalesce(outcomes.outcome_on, {{ as_of_date() }}) as observed_on
    from {{ ref('int_opportunity') }} as deals
    inner join {{ ref('int_opp_outcome') }} as outcomes
        on deals.opportunity_id = outcomes.opportunity_id
),

accounts as (
    select
        account_id,
        region,
        country,
        segment,
        industry
    from {{ ref('dim_account') }}
),

with_region as (
    select
        deals.*,
        bases.region_basis,
        accounts.country,
        accounts.segment,
        accounts.industry,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region
    from deals
    left join {{ ref('int_region_basis') }} as bases
        on deals.source_name = bases.source_name
    left join accounts
        on deals.account_id = accounts.account_id
    {{ as_was_join(
        'region_then', 'account', 'deals.account_id', 'region', day_end_at('deals.observed_on')
    ) }}
)

select
    with_region.opportunity_id,
    with_region.account_id,
    with_region.observed_on,
    with_region.owner_user_id,
    owners.rep,
    owners.team,
    owners.department,
    case
        when with_region.region_basis = 'account' then with_region.account_region
        else owners.region
    end as region,
    with_region.country,
    with_region.segment,
    with_region.industry,
    with_region.lead_source,
    with_region.campaign_id,
    campaigns.campaign,
    {{ customer_type('types', 'with_region.account_id') }} as customer_type,
    case when with_region.is_owner_as_was then 'event' else 'current' end as dim_asof
from with_region
left join {{ ref('dim_user') }} as owners
    on with_region.owner_user_id = owners.user_id
left join {{ ref('dim_campaign') }} as campaigns
    on with_region.campaign_id = campaigns.campaign_id
{{ customer_type_join('types', 'with_region.account_id', 'with_region.observed_on') }}
