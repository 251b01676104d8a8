-- When somebody last spoke with a customer, at the end of each month.
with customers as (
    select
        account_id,
        month_start,
        month_end
    from {{ ref('int_customer_month') }}
    where is_active_at_end
),

contacts as (
    select
        contact_id,
        account_id
    from {{ ref('crm_contact') }}
    where master_contact_id is null
),

-- A call nobody took, a meeting nobody came to and one among colleagues are no interaction.
interactions as (
    select distinct
        coalesce(activities.account_id, contacts.account_id) as account_id,
        {{ reporting_date('activities.started_at') }} as interaction_on
    from {{ ref('crm_activity') }} as activities
    left join contacts
        on activities.contact_id = contacts.contact_id
    where
        activities.started_at < {{ as_of_timestamp() }}
        and not coalesce(activities.is_automated, false)
        and coalesce(activities.direction, '') <> 'internal'
        and (
            activities.outcome in ('connected', 'held')
            or (activities.direction = 'inbound' and activities.outcome is null)
        )
)

select
    customers.account_id,
    customers.month_start,
    max(interactions.interaction_on) as last_interaction_on
from customers
inner join interactions
    on
        customers.account_id = interactions.account_id
        and customers.month_end >= interactions.interaction_on
group by customers.account_id, customers.month_start
