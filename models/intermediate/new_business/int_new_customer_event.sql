-- What counts a new customer up or down. A first win that is taken back is counted on its day and
-- taken out in the month it is taken back, like its bookings; if it is won again, it counts again.
with customers as (
    select * from {{ ref('int_new_customer') }}
),

first_groups as (
    select
        group_account_id,
        min(acquired_on) as acquired_on
    from customers
    group by group_account_id
),

-- Several deals of one account won and taken back on the same days are one customer.
cancelled_wins as (
    select
        occasions.account_id,
        occasions.classified_on as won_on,
        max(occasions.cancelled_on) as cancelled_on,
        min(occasions.opportunity_id) as opportunity_id
    from {{ ref('int_sale_occasion') }} as occasions
    left join customers
        on occasions.account_id = customers.account_id
    where
        occasions.occasion = 'cancelled win'
        and occasions.account_id is not null
        and not occasions.has_earlier_spell
        and (customers.account_id is null or occasions.classified_on < customers.acquired_on)
    group by occasions.account_id, occasions.classified_on
),

cancelled_customers as (
    select
        cancelled_wins.account_id,
        cancelled_wins.won_on,
        cancelled_wins.cancelled_on,
        deals.region,
        deals.segment,
        deals.rep,
        deals.lead_source,
        deals.campaign,
        case
            when first_groups.acquired_on < cancelled_wins.won_on then 'existing_group'
            else 'new_logo'
        end as logo_type
    from cancelled_wins
    inner join {{ ref('fct_opportunity') }} as deals
        on cancelled_wins.opportunity_id = deals.opportunity_id
    left join {{ ref('dim_account') }} as accounts
        on cancelled_wins.account_id = accounts.account_id
    left join first_groups
        on accounts.group_account_id = first_groups.group_account_id
)

{%- for relation, event, date, count in [
    ('customers', 'acquired', 'acquired_on', 1),
    ('customers', 'withdrawn', 'withdrawn_on', -1),
    ('cancelled_customers', 'win taken back later', 'won_on', 1),
    ('cancelled_customers', 'win taken back', 'cancelled_on', -1),
] %}
{{ 'union all' if not loop.first }}
select
    account_id,
    '{{ event }}' as event,
    {{ date }} as event_on,
    {{ count }} as new_customer_count,
    region,
    segment,
    rep,
    lead_source,
    campaign,
    logo_type
from {{ relation }}
where {{ date }} is not null
{%- endfor %}
