-- Checks every calendar before anybody counts with it: one that cannot be read gives no answer,
-- where leaving out its unreadable window would quietly give a shorter time.
with calendars as (
    select
        business_hours_id,
        min(source_name) as source_name,
        count_if(row_type = 'holiday') as n_holidays
    from {{ ref('crm_business_hours') }}
    group by business_hours_id
),

windows as (
    select
        business_hours_id,
        max(timezone) as timezone,
        count(distinct timezone) as n_time_zones,
        count_if(coalesce(iso_weekday not between 1 and 7, true)) as n_bad_weekdays,
        -- A window that opens at 24:00 has no minute in its day.
        count_if(coalesce(from_minute >= to_minute, true)) as n_bad_windows,
        sum(to_minute - from_minute) as week_minutes
    from {{ ref('int_business_window') }}
    group by business_hours_id
),

checked as (
    select
        calendars.business_hours_id,
        calendars.source_name,
        windows.timezone,
        case
            when windows.business_hours_id is null then 'no weekly window'
            when windows.n_time_zones > 1 then 'more than one time zone'
            when windows.timezone is null then 'no time zone'
            when not {{ is_time_zone('windows.timezone') }} then 'unknown time zone'
            when windows.n_bad_weekdays > 0 then 'a weekday is not 1 to 7'
            when windows.n_bad_windows > 0 then 'a window is not HH:MM'
        end as problem,
        coalesce(windows.week_minutes >= {{ 7 * 24 * 60 }}, false) and calendars.n_holidays = 0
            as is_round_the_clock
    from calendars
    left join windows
        on calendars.business_hours_id = windows.business_hours_id
),

uses as (
    select
        business_hours_id,
        count(*) as n_cases
    from {{ ref('crm_support_case') }}
    where business_hours_id is not null
    group by business_hours_id
)

select
    checked.business_hours_id,
    checked.source_name,
    checked.timezone,
    checked.problem,
    checked.problem is null as is_usable,
    checked.is_round_the_clock,
    -- A CRM with a single calendar keeps it as a setting and not on the case.
    count(*) over (partition by checked.source_name) = 1 as is_only_one,
    checked.problem is null
    and row_number() over (
        order by
            case when checked.problem is null then 0 else 1 end,
            coalesce(uses.n_cases, 0) desc,
            -- Without a single case, opening hours say more about business days than 24x7.
            case when checked.is_round_the_clock then 1 else 0 end,
            checked.business_hours_id
    ) = 1 as is_default
from checked
left join uses
    on checked.business_hours_id = uses.business_hours_id
