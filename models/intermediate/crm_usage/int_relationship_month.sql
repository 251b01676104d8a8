-- How up to date the relationship with a customer is at the end of a month. Whether an owner is
-- active, an address valid and a record verified is only known of as_of: no source keeps their
-- history (C8). A condition whose table or field is not there is left out, not failed.
with customers as (
    select
        customers.account_id,
        customers.month_start,
        customers.month_end,
        attributes.owner_user_id,
        customers.month_end = {{ as_of_date() }} as is_now
    from {{ ref('int_customer_month') }} as customers
    inner join {{ ref('int_customer_attribute_month') }} as attributes
        on
            customers.account_id = attributes.account_id
            and customers.month_start = attributes.month_start
    where customers.is_active_at_end
),

accounts as (
    select
        account_id,
        last_verified_at
    from {{ ref('crm_account') }}
    where master_account_id is null
),

contacts as (
    select
        contact_id,
        account_id,
        coalesce(lower(email_status), 'unknown') <> 'bounced'
        and coalesce(nullif(trim(email), ''), nullif(trim(phone), '')) is not null as is_valid,
        last_verified_at
    from {{ ref('crm_contact') }}
    where master_contact_id is null
),

account_contacts as (
    select
        account_id,
        count_if(is_valid) as valid_count,
        max(last_verified_at) as last_verified_at
    from contacts
    group by account_id
),

knowledge as (
    select
        (select count(*) from {{ ref('crm_app_user') }}) > 0 as has_users,
        (select count(*) from contacts) > 0 as has_contacts,
        (select count(last_verified_at) from accounts)
        + (select count(last_verified_at) from contacts) > 0 as has_verification,
        (
            select min(first_event_date)
            from {{ ref('int_table_coverage') }}
            where table_name = 'activity' and is_present
        ) as first_activity_on
),

observed as (
    select
        customers.*,
        last_interactions.last_interaction_on,
        customers.owner_user_id is not null as has_owner,
        customers.owner_user_id is not null
        and coalesce(owners.is_active, false)
        and coalesce(owners.left_on > customers.month_end, true) as has_active_owner,
        coalesce(account_contacts.valid_count, 0) > 0 as has_contact,
        coalesce(
            {{ days_between('last_interactions.last_interaction_on', 'customers.month_end') }}
            <= {{ parameter('freshness_days') }}, false
        ) as has_interaction,
        coalesce(
            {{ days_between(
                reporting_date(
                    'greatest('
                    ~ 'coalesce(accounts.last_verified_at, account_contacts.last_verified_at), '
                    ~ 'coalesce(account_contacts.last_verified_at, accounts.last_verified_at))'
                ),
                'customers.month_end'
            ) }} <= {{ parameter('verified_days') }}, false
        ) as is_verified,
        customers.is_now and knowledge.has_users as is_owner_known,
        customers.is_now and knowledge.has_contacts as is_contact_known,
        customers.is_now and knowledge.has_verification as is_verification_known,
        coalesce(
            knowledge.first_activity_on
            <= {{ date_plus_days('customers.month_end', '-' ~ parameter('freshness_days')) }}, false
        ) as is_interaction_known
    from customers
    cross join knowledge
    left join accounts
        on customers.account_id = accounts.account_id
    left join account_contacts
        on customers.account_id = account_contacts.account_id
    left join {{ ref('int_last_interaction_month') }} as last_interactions
        on
            customers.account_id = last_interactions.account_id
            and customers.month_start = last_interactions.month_start
    left join {{ ref('dim_user') }} as owners
        on customers.owner_user_id = owners.user_id
),

judged as (
    select
        account_id,
        month_start,
        month_end,
        is_now,
        last_interaction_on,
        has_owner,
        case when is_owner_known then has_active_owner end as has_active_owner,
        case when is_contact_known then has_contact end as has_valid_contact,
        case when is_interaction_known then has_interaction end as has_recent_interaction,
        case when is_verification_known then is_verified end as is_verified
    from observed
),

counted as (
    select
        *,
        case when has_active_owner then 0 when not has_active_owner then 1 else 0 end
        + case when has_valid_contact then 0 when not has_valid_contact then 1 else 0 end
        + case when has_recent_interaction then 0 when not has_recent_interaction then 1 else 0 end
        + case when is_verified then 0 when not is_verified then 1 else 0 end
            as failed_condition_count,
        coalesce(
            has_active_owner, has_valid_contact, has_recent_interaction, is_verified
        ) is not null as is_any_known
    from judged
)

select
    account_id,
    month_start,
    last_interaction_on,
    has_active_owner,
    has_valid_contact,
    has_recent_interaction,
    is_verified,
    case when is_now and is_any_known then cast(failed_condition_count as integer) end
        as failed_condition_count,
    case when is_now and is_any_known then failed_condition_count = 0 end as is_fresh,
    case
        when not is_now then cast(null as varchar)
        when not has_active_owner and not has_owner then 'no_owner'
        when not has_active_owner then 'owner_inactive'
        when not has_valid_contact then 'no_valid_contact'
        when not has_recent_interaction then 'no_interaction'
        when not is_verified then 'data_unverified'
    end as stale_reason
from counted
