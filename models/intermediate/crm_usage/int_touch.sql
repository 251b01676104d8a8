-- What reached somebody with something to decide: a call, a meeting or a delivered campaign step,
-- and whether it led anywhere.
with leads as (
    select
        lead_id,
        country,
        region,
        owner_user_id,
        created_at
    from {{ ref('crm_lead') }}
    where master_lead_id is null
),

touches as (
    select
        'activity ' || activity_id as touch_id,
        case when activity_type = 'call' then 'call' else 'meeting' end as channel,
        contact_id,
        account_id,
        lead_id,
        started_at as touched_at,
        has_converted
    from {{ ref('int_touch_progress') }}
    union all
    select
        concat_ws(' ', steps.campaign_id, steps.person_id, cast(steps.step_no as varchar))
            as touch_id,
        coalesce(campaigns.channel, 'campaign') as channel,
        steps.contact_id,
        exposures.account_id,
        steps.lead_id,
        steps.delivered_at as touched_at,
        coalesce(
            least(
                coalesce(steps.responded_at, steps.offer_accepted_at),
                coalesce(steps.offer_accepted_at, steps.responded_at)
            )
            <= {{ plus_seconds('steps.delivered_at', parameter('touch_days') ~ ' * 86400') }}, false
        ) as has_converted
    from {{ ref('int_campaign_step') }} as steps
    inner join {{ ref('int_campaign_exposure') }} as exposures
        on
            steps.campaign_id = exposures.campaign_id
            and steps.person_id = exposures.person_id
    left join {{ ref('dim_campaign') }} as campaigns
        on steps.campaign_id = campaigns.campaign_id
    left join leads
        on steps.lead_id = leads.lead_id
    where
        steps.delivered_at is not null
        and steps.arm = 'treatment'
        -- Who is only known for having answered says nothing about those who did not.
        and (steps.lead_id is null or leads.created_at <= steps.delivered_at)
),

-- Morning is where the contact is.
placed as (
    select
        touches.*,
        coalesce(accounts.region, leads.region, lead_owners.region) as region,
        coalesce(countries.timezone, '{{ var('reporting_tz') }}') as time_zone
    from touches
    left join {{ ref('crm_contact') }} as contacts
        on touches.contact_id = contacts.contact_id
    left join {{ ref('dim_account') }} as accounts
        on coalesce(touches.account_id, contacts.account_id) = accounts.account_id
    left join leads
        on touches.lead_id = leads.lead_id
    left join {{ ref('dim_user') }} as lead_owners
        on leads.owner_user_id = lead_owners.user_id
    left join {{ ref('country') }} as countries
        on coalesce(contacts.country, accounts.country, leads.country) = countries.country
),

local_touches as (
    select
        *,
        {{ utc_to_local('touched_at', 'time_zone') }} as touched_local_at
    from placed
),

holidays as (
    select distinct calendar.holiday_date
    from {{ ref('crm_business_hours') }} as calendar
    inner join {{ ref('int_business_calendar') }} as calendars
        on
            calendar.business_hours_id = calendars.business_hours_id
            and calendars.is_default
    where calendar.row_type = 'holiday'
)

select
    local_touches.touch_id,
    local_touches.channel,
    local_touches.region,
    local_touches.touched_at,
    cast(local_touches.touched_local_at as date) as touched_on,
    cast({{ iso_weekday('cast(local_touches.touched_local_at as date)') }} as varchar) as weekday,
    cast(extract(hour from local_touches.touched_local_at) as varchar) as hour,
    {{ date_plus_days(
        'cast(local_touches.touched_local_at as date)', parameter('touch_days')
    ) }} as mature_on,
    local_touches.has_converted
from local_touches
left join holidays
    on cast(local_touches.touched_local_at as date) = holidays.holiday_date
where holidays.holiday_date is null
