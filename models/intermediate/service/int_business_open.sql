-- Where the weekly windows fall on the UTC axis, holidays left out, overlaps merged.
with offsets as (
    select * from {{ ref('int_zone_offset') }}
),

same_or_next_day as (
    select 0 as days
    union all
    select 1 as days
),

local_offsets as (
    select
        *,
        {{ plus_seconds('starts_at', 'offset_seconds') }} as starts_locally
    from offsets
),

-- A stretch of one UTC day lies in two local days at most.
local_days as (
    select
        local_offsets.*,
        {{ date_plus_days('cast(local_offsets.starts_locally as date)', 'later.days') }}
            as local_day
    from local_offsets
    cross join same_or_next_day as later
),

windows_of_days as (
    select
        windows.business_hours_id,
        local_days.utc_day,
        greatest(
            local_days.starts_at,
            {{ local_minute(
                'local_days.local_day', 'windows.from_minute', 'local_days.offset_seconds'
            ) }}
        ) as opens_at,
        least(
            local_days.ends_at,
            {{ local_minute(
                'local_days.local_day', 'windows.to_minute', 'local_days.offset_seconds'
            ) }}
        ) as closes_at
    from local_days
    inner join {{ ref('int_business_window') }} as windows
        on
            local_days.timezone = windows.timezone
            and {{ iso_weekday('local_days.local_day') }} = windows.iso_weekday
    inner join {{ ref('int_business_calendar') }} as calendars
        on
            windows.business_hours_id = calendars.business_hours_id
            and calendars.is_usable
    left join {{ ref('crm_business_hours') }} as holidays
        on
            windows.business_hours_id = holidays.business_hours_id
            and local_days.local_day = holidays.holiday_date
            and holidays.row_type = 'holiday'
    where holidays.business_hours_id is null
),

-- Two windows that overlap are open once.
marked as (
    select
        *,
        case
            when
                opens_at <= max(closes_at) over (
                    partition by business_hours_id, utc_day
                    order by opens_at, closes_at
                    rows between unbounded preceding and 1 preceding
                )
                then 0
            else 1
        end as is_first
    from windows_of_days
    where opens_at < closes_at
),

numbered as (
    select
        *,
        sum(is_first) over (
            partition by business_hours_id, utc_day
            order by opens_at, closes_at
            rows between unbounded preceding and current row
        ) as stretch_no
    from marked
)

select
    business_hours_id,
    utc_day,
    min(opens_at) as opens_at,
    max(closes_at) as closes_at
from numbered
group by business_hours_id, utc_day, stretch_no
