-- What every calendar's zone is ahead of UTC. Asking each stretch of time for its local hour,
-- instead of each window for its UTC instant, leaves no question about local hours that come
-- twice or never.
with zones as (
    select distinct timezone
    from {{ ref('int_business_calendar') }}
    where is_usable
),

zone_days as (
    select
        zones.timezone,
        days.date_day as utc_day,
        cast(days.date_day as timestamp) as midnight,
        {{ zone_offset('cast(days.date_day as timestamp)', 'zones.timezone') }} as offset_seconds,
        {{ zone_offset(plus_seconds('cast(days.date_day as timestamp)', 86400), 'zones.timezone') }}
            as next_offset_seconds
    from zones
    cross join {{ ref('dim_date') }} as days
),

quarter_hours as (
    {%- for quarter in range(96) %}
    select {{ quarter * 900 }} as from_second{{ ' union all' if not loop.last }}
    {%- endfor %}
)

select
    timezone,
    utc_day,
    midnight as starts_at,
    {{ plus_seconds('midnight', 86400) }} as ends_at,
    offset_seconds
from zone_days
where offset_seconds = next_offset_seconds
union all
-- Clocks change on a quarter hour; only days on which they do are taken apart.
select
    zone_days.timezone,
    zone_days.utc_day,
    {{ plus_seconds('zone_days.midnight', 'quarter_hours.from_second') }} as starts_at,
    {{ plus_seconds('zone_days.midnight', '(quarter_hours.from_second + 900)') }} as ends_at,
    {{ zone_offset(
        plus_seconds('zone_days.midnight', 'quarter_hours.from_second'), 'zone_days.timezone'
    ) }} as offset_seconds
from zone_days
cross join quarter_hours
where zone_days.offset_seconds <> zone_days.next_offset_seconds
