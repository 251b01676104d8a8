-- A gap or overlap between two rows of a business clock, or a clock that jumps, would silently
-- shorten or double every time measured across it; the first and last rows must reach the ends of
-- dim_date.
with clocks as (
    select
        *,
        lead(starts_at) over (partition by business_hours_id order by starts_at) as next_starts_at,
        lead(seconds_before) over (partition by business_hours_id order by starts_at)
            as next_seconds_before
    from {{ ref('int_business_time') }}
),

jumps as (
    select
        business_hours_id,
        starts_at,
        'gap or jump' as problem
    from clocks
    where
        ends_at <= starts_at
        or open_until > ends_at
        or next_starts_at <> ends_at
        or next_seconds_before <> seconds_before + {{ seconds_between('starts_at', 'open_until') }}
),

ends as (
    select
        business_hours_id,
        min(starts_at) as starts_at,
        max(utc_day) as last_day
    from clocks
    group by business_hours_id
)

select * from jumps
union all
select
    calendars.business_hours_id,
    ends.starts_at,
    'does not cover the calendar' as problem
from {{ ref('int_business_calendar') }} as calendars
left join ends
    on calendars.business_hours_id = ends.business_hours_id
where
    calendars.is_usable
    and (
        ends.last_day is distinct from (
            select max(days.date_day) from {{ ref('dim_date') }} as days
        )
        or ends.starts_at is distinct from (
            select cast(min(days.date_day) as timestamp) from {{ ref('dim_date') }} as days
        )
    )
