-- What happened to a lead, by day: what people did about it and what it did itself, and the steps
-- it took. The rules that ask for a deactivation count from here.
with leads as (
    select * from {{ ref('int_lead') }}
),

keys as (
    select
        lead_id,
        coalesce(master_lead_id, lead_id) as surviving_lead_id
    from {{ ref('crm_lead') }}
),

activities as (
    select
        keys.surviving_lead_id as lead_id,
        activities.started_at as happened_at,
        case
            when activities.direction = 'inbound' or activities.outcome in ('connected', 'held')
                then 'response'
            when activities.direction = 'outbound' then 'touch'
            else 'note'
        end as event
    from {{ ref('crm_activity') }} as activities
    inner join keys
        on activities.lead_id = keys.lead_id
    left join {{ ref('dim_user') }} as users
        on activities.user_id = users.user_id
    where
        activities.started_at < {{ as_of_timestamp() }}
        and activities.completed_at < {{ as_of_timestamp() }}
        and (
            activities.direction = 'inbound'
            or (not coalesce(activities.is_automated, false) and coalesce(users.is_human, true))
        )
),

bounces as (
    select
        keys.surviving_lead_id as lead_id,
        members.bounced_at as happened_at,
        'bounce' as event
    from {{ ref('crm_campaign_member') }} as members
    inner join keys
        on members.lead_id = keys.lead_id
    where members.bounced_at < {{ as_of_timestamp() }}
),

steps as (
    {%- for step in ['created', 'mql', 'first_touch', 'sal', 'sql', 'recycled'] %}
    select
        lead_id,
        {{ step }}_at as happened_at,
        'step' as event
    from leads
    where {{ step }}_at is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

events as (
    select * from activities
    union all
    select * from bounces
    union all
    select * from steps
)

select
    lead_id,
    happened_at,
    {{ reporting_date('happened_at') }} as happened_on,
    event
from events
