-- Cross- and up-sell offers that reached an account: sent quotes with such a line, and delivered
-- campaigns for a product it had not bought. More of what it has is deep_sell and does not count.
with quoted_types as (
    select distinct
        opportunity_id,
        account_id
    from {{ ref('int_sale_line_type') }}
    where occasion = 'quote' and sale_type in ('cross_sell', 'up_sell')
),

quotes as (
    select
        quoted_types.account_id,
        {{ reporting_date('quotes.sent_at') }} as offered_on,
        'quote' as channel
    from {{ ref('crm_quote') }} as quotes
    inner join quoted_types
        on quotes.opportunity_id = quoted_types.opportunity_id
    where quotes.sent_at < {{ as_of_timestamp() }}
),

deliveries as (
    select
        coalesce(members.account_id, contacts.account_id) as account_id,
        {{ reporting_date('members.delivered_at') }} as offered_on,
        coalesce(products.product_family, 'product ' || products.product_id) as family_key,
        products.tier_rank
    from {{ ref('crm_campaign_member') }} as members
    inner join {{ ref('crm_campaign') }} as campaigns
        on members.campaign_id = campaigns.campaign_id
    inner join {{ ref('crm_product') }} as products
        on campaigns.offer_product_id = products.product_id
    left join {{ ref('crm_contact') }} as contacts
        on members.contact_id = contacts.contact_id
    where members.delivered_at < {{ as_of_timestamp() }}
),

delivered_offers as (
    select distinct
        account_id,
        offered_on,
        family_key,
        tier_rank
    from deliveries
    where account_id is not null
),

with_holdings as (
    select
        offers.account_id,
        offers.offered_on,
        offers.family_key,
        offers.tier_rank,
        count(holdings.account_id) as holding_count,
        max(holdings.tier_rank) as highest_tier
    from delivered_offers as offers
    left join {{ ref('int_account_holding') }} as holdings
        on
            offers.account_id = holdings.account_id
            and offers.family_key = holdings.family_key
            and offers.offered_on > holdings.first_bought_on
    group by offers.account_id, offers.offered_on, offers.family_key, offers.tier_rank
)

select distinct
    account_id,
    offered_on,
    channel
from quotes
where account_id is not null
union
select
    account_id,
    offered_on,
    'campaign' as channel
from with_holdings
where holding_count = 0 or tier_rank > highest_tier
