-- Outbound calls to people who are no customers, attempts in quick succession as one.
with calls as (
    select
        activities.activity_id,
        activities.user_id,
        activities.started_at,
        activities.lead_id,
        activities.contact_id,
        activities.opportunity_id,
        activities.outcome = 'connected' as is_connected,
        coalesce(activities.account_id, contacts.account_id) as account_id
    from {{ ref('crm_activity') }} as activities
    left join {{ ref('crm_contact') }} as contacts
        on activities.contact_id = contacts.contact_id
    where
        activities.activity_type = 'call'
        and activities.direction = 'outbound'
        and not coalesce(activities.is_automated, false)
        and activities.case_id is null
        and activities.started_at < {{ as_of_timestamp() }}
        and activities.completed_at is not null
),

lead_creations as (
    select
        coalesce(master_lead_id, lead_id) as lead_id,
        min(created_at) as created_at
    from {{ ref('crm_lead') }}
    group by coalesce(master_lead_id, lead_id)
),

lead_deals as (
    select
        source_lead_id as lead_id,
        min(created_at) as first_deal_at
    from {{ ref('int_opportunity') }}
    where source_lead_id is not null
    group by source_lead_id
),

account_deals as (
    select
        account_id,
        min(created_at) as first_deal_at
    from {{ ref('int_opportunity') }}
    group by account_id
),

account_spells as (
    select
        account_id,
        min(spell_start) as first_spell_start
    from {{ ref('int_customer_spell') }}
    group by account_id
),

-- Prospecting ends with the first deal; whoever is not even a lead yet is what a call can turn into
-- one.
acquisition_calls as (
    select
        calls.*,
        coalesce(lead_creations.created_at > calls.started_at, true) as is_before_lead
    from calls
    left join lead_creations
        on calls.lead_id = lead_creations.lead_id
    left join lead_deals
        on calls.lead_id = lead_deals.lead_id
    left join account_deals
        on calls.account_id = account_deals.account_id
    left join account_spells
        on calls.account_id = account_spells.account_id
    where
        calls.opportunity_id is null
        and coalesce(lead_deals.first_deal_at > calls.started_at, true)
        and coalesce(account_deals.first_deal_at > calls.started_at, true)
        and coalesce(
            account_spells.first_spell_start > {{ reporting_date('calls.started_at') }}, true
        )
),

-- A call without a person cannot be told from another one, so it stands alone.
with_person as (
    select
        *,
        coalesce('lead ' || lead_id, 'contact ' || contact_id, 'call ' || activity_id) as person
    from acquisition_calls
),

with_gap as (
    select
        *,
        {{ minutes_between('lag(started_at) over by_time', 'started_at') }} as minutes_since_call
    from with_person
    window by_time as (partition by person order by started_at, activity_id)
),

numbered as (
    select
        *,
        sum(
            case when minutes_since_call <= {{ parameter('redial_minutes') }} then 0 else 1 end
        ) over (
            partition by person
            order by started_at, activity_id
            rows between unbounded preceding and current row
        ) as attempt_no
    from with_gap
),

attempts as (
    select
        person,
        attempt_no,
        min_by(activity_id, started_at) as activity_id,
        min(started_at) as started_at,
        min_by(user_id, started_at) as user_id,
        min_by(lead_id, started_at) as lead_id,
        bool_or(is_connected) as is_connected,
        bool_or(is_before_lead) as is_before_lead
    from numbered
    group by person, attempt_no
)

select
    activity_id,
    person,
    lead_id,
    user_id,
    started_at,
    {{ reporting_date('started_at') }} as called_on,
    is_before_lead,
    coalesce(is_connected, false) as is_connected
from attempts
