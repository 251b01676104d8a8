-- Whether an active customer may be contacted, and by which channel. Consent without history is
-- known in the month of as_of only (C8); what nobody gave or refused is not given for e-mail
-- (GDPR).
{%- set fields = ['email_status', 'email_consent', 'phone_consent'] %}
with customers as (
    select
        account_id,
        month_start,
        month_end,
        {{ day_end_at('month_end') }} as observed_at,
        month_end = {{ as_of_date() }} as is_now
    from {{ ref('int_customer_month') }}
    where is_active_at_end
),

tracking_sources as (
    select source_name
    from {{ ref('int_tracked_field') }}
    where
        object_type = 'contact'
        and field_name in ('email_status', 'email_consent', 'phone_consent')
    group by source_name
    having count(*) = {{ fields | length }}
),

known_customers as (
    select
        customers.*,
        customers.is_now or tracking_sources.source_name is not null as is_known
    from customers
    left join {{ ref('dim_account') }} as accounts
        on customers.account_id = accounts.account_id
    left join tracking_sources
        on accounts.source_name = tracking_sources.source_name
),

contacts as (
    select
        known_customers.account_id,
        known_customers.month_start,
        {%- for field in fields %}
        {{ as_was_value(field ~ '_then', 'contacts.' ~ field) }} as {{ field }},
        {%- endfor %}
        nullif(trim(contacts.email), '') as email,
        nullif(trim(contacts.phone), '') as phone
    from known_customers
    inner join {{ ref('crm_contact') }} as contacts
        on known_customers.account_id = contacts.account_id
    {%- for field in fields %}
    {{ as_was_join(
        field ~ '_then', 'contact', 'contacts.contact_id', field, 'known_customers.observed_at'
    ) }}
    {%- endfor %}
    where
        known_customers.is_known
        and contacts.master_contact_id is null
        and (
            contacts.created_at is null
            or contacts.created_at <= known_customers.observed_at
        )
),

channels as (
    select
        account_id,
        month_start,
        count_if(
            email is not null
            and lower(coalesce(email_status, 'unknown')) <> 'bounced'
            and lower(coalesce(email_consent, 'unknown')) = 'granted'
        ) > 0 as has_email,
        count_if(
            phone is not null and lower(coalesce(phone_consent, 'unknown')) <> 'denied'
        ) > 0 as has_phone
    from contacts
    group by account_id, month_start
)

select
    known_customers.account_id,
    known_customers.month_start,
    case when known_customers.is_known then coalesce(channels.has_email, false) end as has_email,
    case when known_customers.is_known then coalesce(channels.has_phone, false) end as has_phone,
    case
        when known_customers.is_known
            then coalesce(channels.has_email or channels.has_phone, false)
    end as is_contactable
from known_customers
left join channels
    on
        known_customers.account_id = channels.account_id
        and known_customers.month_start = channels.month_start
