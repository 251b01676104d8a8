-- What we know of, may send to and have offered to every customer active at a month end.
with customers as (
    select * from {{ ref('int_customer_domain_month') }}
),

offers as (
    select
        customers.account_id,
        customers.month_start,
        count_if(offers.channel = 'quote') > 0 as has_quote_offer,
        count_if(offers.channel = 'campaign') > 0 as has_campaign_offer
    from customers
    inner join {{ ref('int_customer_offer') }} as offers
        on
            customers.account_id = offers.account_id
            and customers.month_end >= offers.offered_on
            and offers.offered_on > {{ date_plus_days(date_plus_months(
                date_plus_days('customers.month_end', 1), '-' ~ parameter('offer_reach_months')
            ), -1) }}
    group by customers.account_id, customers.month_start
),

-- An offer window that reaches back before the first quote and delivery is not covered.
offer_tables as (
    select {{ month_start('min(first_event_date)') }} as first_month
    from {{ ref('int_table_coverage') }}
    where is_present and table_name in ('quote', 'campaign_member')
)

select
    customers.account_id,
    customers.month_start,
    customers.month_end,
    customers.spell_basis,
    attributes.region,
    attributes.segment,
    attributes.rep,
    customers.last_interaction_on,
    customers.is_contact_window_covered,
    customers.has_recent_activity,
    customers.has_sales,
    customers.has_service,
    customers.has_billing,
    customers.has_interaction,
    case when customers.has_sales is null then 0 else 1 end
    + case when customers.has_service is null then 0 else 1 end
    + case when customers.has_billing is null then 0 else 1 end
    + case when customers.has_interaction is null then 0 else 1 end as domain_count,
    coalesce(customers.has_sales, true)
    and coalesce(customers.has_service, true)
    and coalesce(customers.has_billing, true)
    and coalesce(customers.has_interaction, true) as has_all_domains,
    channels.has_email,
    channels.has_phone,
    channels.is_contactable,
    offer_tables.first_month is not null
    and offer_tables.first_month
    <= {{ month_start(date_plus_months(
        date_plus_days('customers.month_end', 1), '-' ~ parameter('offer_reach_months')
    )) }} as is_offer_window_covered,
    coalesce(offers.has_quote_offer, false) as has_quote_offer,
    coalesce(offers.has_campaign_offer, false) as has_campaign_offer
from customers
cross join offer_tables
inner join {{ ref('int_customer_attribute_month') }} as attributes
    on
        customers.account_id = attributes.account_id
        and customers.month_start = attributes.month_start
inner join {{ ref('int_customer_channel_month') }} as channels
    on
        customers.account_id = channels.account_id
        and customers.month_start = channels.month_start
left join offers
    on
        customers.account_id = offers.account_id
        and customers.month_start = offers.month_start
