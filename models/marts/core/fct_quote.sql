with families as (
    select * from {{ ref('int_quote_family') }}
),

deals as (
    select * from {{ ref('fct_opportunity') }}
),

-- Offers that found a customer: one of the day before, since a spell that begins with the sending
-- is the answer to it.
sent_to_customers as (
    select distinct families.quote_family_id
    from families
    inner join {{ ref('int_customer_spell') }} as spells
        on
            families.account_id = spells.account_id
            and families.first_sent_on > spells.spell_start
            and (spells.churn_date is null or families.first_sent_on <= spells.churn_date)
),

quote_types as (
    select
        opportunity_id,
        sale_type,
        product_family
    from {{ ref('int_deal_sale_type') }}
    where occasion = 'quote'
),

with_owner as (
    select
        families.*,
        deals.region,
        deals.country,
        deals.segment,
        deals.lead_source,
        deals.campaign,
        deals.outcome,
        deals.closed_on,
        quote_types.sale_type,
        quote_types.product_family,
        coalesce(families.decided_on, {{ as_of_date() }}) as observed_on,
        {{ as_was_value('decision_owner', 'deals.owner_user_id') }} as owner_user_id,
        {{ as_was_value('sending_owner', 'deals.owner_user_id') }} as sending_owner_user_id
    from families
    inner join deals
        on families.opportunity_id = deals.opportunity_id
    left join quote_types
        on families.opportunity_id = quote_types.opportunity_id
    {{ as_was_join(
        'decision_owner', 'opportunity', 'families.opportunity_id', 'owner_user_id',
        day_end_at('coalesce(families.decided_on, ' ~ as_of_date() ~ ')')
    ) }}
    {{ as_was_join(
        'sending_owner', 'opportunity', 'families.opportunity_id', 'owner_user_id',
        'families.first_sent_at'
    ) }}
)

select
    with_owner.quote_family_id,
    with_owner.opportunity_id,
    with_owner.account_id,
    with_owner.version_count,
    with_owner.first_sent_at,
    with_owner.first_sent_on,
    with_owner.is_first_of_deal,
    with_owner.expires_on,
    with_owner.decided_on,
    with_owner.decision,
    with_owner.decision = 'accepted' as is_accepted,
    with_owner.outcome,
    with_owner.closed_on,
    with_owner.owner_user_id,
    owners.rep,
    owners.team,
    owners.department,
    sending_owners.rep as sending_rep,
    sending_owners.team as sending_team,
    with_owner.region,
    with_owner.country,
    with_owner.segment,
    {{ customer_type('types', 'with_owner.account_id') }} as customer_type,
    {{ customer_type('sending_types', 'with_owner.account_id') }} as sending_customer_type,
    sent_to_customers.quote_family_id is not null as is_sent_to_customer,
    with_owner.lead_source,
    with_owner.campaign,
    with_owner.sale_type,
    with_owner.product_family,
    {{ reporting_amount('with_owner.net_amount', 'with_owner.currency') }} as net_amount,
    {{ unconverted_amount('with_owner.net_amount', 'with_owner.currency') }} as unconverted_amount
from with_owner
left join {{ ref('dim_user') }} as owners
    on with_owner.owner_user_id = owners.user_id
left join {{ ref('dim_user') }} as sending_owners
    on with_owner.sending_owner_user_id = sending_owners.user_id
left join sent_to_customers
    on with_owner.quote_family_id = sent_to_customers.quote_family_id
{{ customer_type_join('types', 'with_owner.account_id', 'with_owner.observed_on') }}
{{ customer_type_join('sending_types', 'with_owner.account_id', 'with_owner.first_sent_on') }}
{{ fx_join('fx', 'with_owner.currency', 'with_owner.first_sent_on') }}
