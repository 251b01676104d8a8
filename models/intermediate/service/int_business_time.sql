-- The business clock: a row begins at every UTC midnight and at every opening, and carries the
-- business time that had passed by then. Rows lie end to end, so each instant is in exactly one.
with midnights as (
    select
        calendars.business_hours_id,
        days.date_day as utc_day,
        cast(days.date_day as timestamp) as starts_at
    from {{ ref('int_business_calendar') }} as calendars
    cross join {{ ref('dim_date') }} as days
    where calendars.is_usable
),

starts as (
    select
        business_hours_id,
        utc_day,
        opens_at as starts_at,
        closes_at as open_until
    from {{ ref('int_business_open') }}
    union all
    select
        midnights.business_hours_id,
        midnights.utc_day,
        midnights.starts_at,
        midnights.starts_at as open_until
    from midnights
    left join {{ ref('int_business_open') }} as openings
        on
            midnights.business_hours_id = openings.business_hours_id
            and midnights.starts_at = openings.opens_at
    where openings.business_hours_id is null
),

measured as (
    select
        *,
        {{ seconds_between('starts_at', 'open_until') }} as open_seconds
    from starts
)

select
    business_hours_id,
    utc_day,
    starts_at,
    coalesce(
        lead(starts_at) over (partition by business_hours_id, utc_day order by starts_at),
        {{ plus_seconds('cast(utc_day as timestamp)', 86400) }}
    ) as ends_at,
    open_until,
    cast(
        sum(open_seconds) over (
            partition by business_hours_id
            order by starts_at
            rows between unbounded preceding and current row
        ) - open_seconds as bigint
    ) as seconds_before
from measured
