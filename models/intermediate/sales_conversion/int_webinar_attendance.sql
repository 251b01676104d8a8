-- Who attended a webinar: activity and campaign response of one person and day are one attendance.
with contacts as (
    select
        contact_id,
        account_id
    from {{ ref('crm_contact') }}
),

leads as (
    select
        lead_id,
        converted_account_id
    from {{ ref('crm_lead') }}
),

traces as (
    select
        activities.contact_id,
        activities.lead_id,
        activities.account_id,
        activities.campaign_id,
        activities.started_at as attended_at
    from {{ ref('crm_activity') }} as activities
    where activities.activity_type = 'webinar' and activities.outcome = 'held'
    union all
    select
        members.contact_id,
        members.lead_id,
        members.account_id,
        members.campaign_id,
        members.responded_at as attended_at
    from {{ ref('crm_campaign_member') }} as members
    inner join {{ ref('crm_campaign') }} as campaigns
        on members.campaign_id = campaigns.campaign_id
    where campaigns.campaign_type = 'webinar' and members.responded_at is not null
),

with_account as (
    select
        coalesce(
            'contact ' || traces.contact_id,
            'lead ' || traces.lead_id,
            'account ' || traces.account_id
        ) as person,
        {{ reporting_date('traces.attended_at') }} as attended_on,
        coalesce(traces.account_id, contacts.account_id, leads.converted_account_id) as account_id,
        traces.campaign_id
    from traces
    left join contacts
        on traces.contact_id = contacts.contact_id
    left join leads
        on traces.lead_id = leads.lead_id
    where traces.attended_at < {{ as_of_timestamp() }}
),

attendances as (
    select
        person,
        attended_on,
        max(account_id) as account_id,
        max(campaign_id) as campaign_id
    from with_account
    where person is not null
    group by person, attended_on
),

quotes as (
    select
        account_id,
        first_sent_on
    from {{ ref('int_quote_family') }}
),

followed as (
    select
        attendances.person,
        attendances.attended_on,
        min(quotes.first_sent_on) as next_quote_on
    from attendances
    inner join quotes
        on
            attendances.account_id = quotes.account_id
            and attendances.attended_on <= quotes.first_sent_on
    group by attendances.person, attendances.attended_on
)

select
    attendances.person,
    attendances.attended_on,
    attendances.account_id,
    campaigns.campaign,
    followed.next_quote_on,
    cast(
        {{ date_plus_days('attendances.attended_on', parameter('webinar_attendee_days')) }} as date
    ) as mature_on
from attendances
left join followed
    on
        attendances.person = followed.person
        and attendances.attended_on = followed.attended_on
left join {{ ref('dim_campaign') }} as campaigns
    on attendances.campaign_id = campaigns.campaign_id
