with handovers as (
    select * from {{ ref('int_lead_funnel') }}
),

leads as (
    select * from {{ ref('int_lead') }}
),

touched as (
    select
        handovers.*,
        leads.owner_user_id,
        leads.rep,
        leads.team,
        leads.region,
        leads.lead_source,
        leads.source_system,
        leads.campaign,
        leads.score,
        leads.score_band,
        leads.rejection_reason,
        leads.mql_at,
        leads.sql_at,
        leads.converted_on,
        leads.source_name,
        -- The lead knows one first touch, which is that of its first hand-over.
        case when handovers.handover_no = 1 then leads.first_touch_at end as first_touch_at,
        -- Until it was touched, or decided untouched, or now.
        case
            when handovers.handover_no = 1
                then
                    least(
                        leads.first_touch_at,
                        handovers.rejected_at,
                        leads.deactivated_at,
                        {{ as_of_timestamp() }}
                    )
        end as observed_to_at
    from handovers
    inner join leads
        on handovers.lead_id = leads.lead_id
),

default_calendar as (
    select max(business_hours_id) as business_hours_id
    from {{ ref('int_business_calendar') }}
    where is_default
),

clocked as (
    select
        touched.*,
        -- Touched before it was handed over: at once.
        case
            when touched.observed_to_at is not null
                then greatest(touched.observed_to_at, touched.handed_over_at)
        end as until_at,
        default_calendar.business_hours_id
    from touched
    cross join default_calendar
)

select
    clocked.lead_id,
    clocked.handover_no,
    clocked.handed_over_at,
    clocked.handed_over_on,
    cast({{ iso_weekday('clocked.handed_over_on') }} as integer) as weekday,
    cast(extract(hour from {{ reporting_timestamp('clocked.handed_over_at') }}) as integer) as hour,
    clocked.owner_user_id,
    clocked.rep,
    clocked.team,
    clocked.region,
    clocked.lead_source,
    clocked.source_system,
    clocked.campaign,
    clocked.score,
    clocked.score_band,
    clocked.mql_at,
    clocked.first_touch_at,
    case
        when clocked.handover_no = 1
            then
                coalesce(
                    clocked.first_touch_at <= clocked.observed_to_at
                    or clocked.first_touch_at <= clocked.handed_over_at,
                    false
                )
    end as is_touched,
    {{ seconds_between('clocked.handed_over_at', 'clocked.until_at') }} / 3600.0 as touch_hours,
    {{ business_clock('ended', 'clocked.until_at') }} / 3600.0
    - {{ business_clock('begun', 'clocked.handed_over_at') }} / 3600.0 as touch_business_hours,
    clocked.accepted_at,
    clocked.rejected_at,
    clocked.rejection_reason,
    clocked.window_ends_at,
    clocked.is_window_over,
    clocked.is_accepted_in_time,
    clocked.decision_in_time,
    clocked.sql_at,
    clocked.converted_on,
    clocked.source_name
from clocked
{{ business_clock_join('begun', 'clocked.business_hours_id', 'clocked.handed_over_at') }}
{{ business_clock_join('ended', 'clocked.business_hours_id', 'clocked.until_at') }}
