-- Which leads a call brought: the first human touch in the days before the lead existed was one
-- (reading 9).
with creations as (
    select
        coalesce(master_lead_id, lead_id) as lead_id,
        min(created_at) as created_at
    from {{ ref('crm_lead') }}
    group by coalesce(master_lead_id, lead_id)
),

leads as (
    select
        survivors.lead_id,
        creations.created_at,
        survivors.lead_source,
        survivors.owner_user_id
    from {{ ref('crm_lead') }} as survivors
    inner join creations
        on survivors.lead_id = creations.lead_id
    where creations.created_at < {{ as_of_timestamp() }}
),

touches as (
    select
        leads.lead_id,
        activities.activity_type,
        activities.direction,
        activities.user_id,
        activities.started_at
    from leads
    inner join {{ ref('crm_activity') }} as activities
        on leads.lead_id = activities.lead_id
    where
        activities.started_at < leads.created_at
        and {{ minutes_between('activities.started_at', 'leads.created_at') }}
        <= {{ parameter('call_lead_days') }} * 24 * 60
        and not coalesce(activities.is_automated, false)
),

first_touches as (
    select *
    from touches
    qualify row_number() over (partition by lead_id order by started_at) = 1
)

select
    leads.lead_id,
    {{ reporting_date('leads.created_at') }} as created_on,
    -- Nothing linked: the source says whether cold calls bring such leads.
    case
        when first_touches.lead_id is not null
            then
                first_touches.activity_type = 'call'
                and coalesce(first_touches.direction = 'outbound', false)
        else coalesce(source_map.is_outbound_call, false)
    end as is_call_sourced,
    coalesce(first_touches.user_id, leads.owner_user_id) as user_id,
    first_touches.started_at as sourced_at
from leads
left join first_touches
    on leads.lead_id = first_touches.lead_id
left join {{ ref('lead_source_map') }} as source_map
    on lower(leads.lead_source) = source_map.lead_source
