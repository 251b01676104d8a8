-- Calls and the leads they bring, one below the other, so that both are counted in their own month.
with effort as (
    select
        user_id,
        called_on as happened_on,
        started_at as slice_at,
        is_before_lead as is_prospecting_call,
        is_before_lead and is_connected as is_connected_call,
        true as is_call,
        false as is_lead,
        false as is_sourced_lead
    from {{ ref('int_outbound_call') }}
    union all
    -- Slices follow the call that brought the lead, without one its owner.
    select
        user_id,
        created_on as happened_on,
        sourced_at as slice_at,
        false as is_prospecting_call,
        false as is_connected_call,
        false as is_call,
        true as is_lead,
        is_call_sourced as is_sourced_lead
    from {{ ref('int_lead_sourcing') }}
)

select
    effort.*,
    users.rep,
    users.team,
    users.region,
    cast({{ iso_weekday(reporting_date('effort.slice_at')) }} as integer) as weekday,
    cast(extract(hour from {{ reporting_timestamp('effort.slice_at') }}) as integer) as hour
from effort
left join {{ ref('dim_user') }} as users
    on effort.user_id = users.user_id
