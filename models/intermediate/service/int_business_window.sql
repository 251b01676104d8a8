-- Weekly windows in minutes of the local day. What runs over midnight belongs to the next day from
-- there on, so that a holiday closes exactly its own day.
with weekly as (
    select
        business_hours_id,
        source_name,
        timezone,
        iso_weekday,
        {{ minute_of_day('opens_at') }} as from_minute,
        {{ minute_of_day('closes_at') }} as closes_minute
    from {{ ref('crm_business_hours') }}
    where row_type <> 'holiday'
),

measured as (
    select
        *,
        -- 22:00–06:00 ends tomorrow, and so does 09:00–00:00: 00:00 is the end of the day.
        case
            when closes_minute <= from_minute then closes_minute + {{ 24 * 60 }}
            else closes_minute
        end as to_minute
    from weekly
)

select
    business_hours_id,
    source_name,
    timezone,
    iso_weekday,
    from_minute,
    least(to_minute, {{ 24 * 60 }}) as to_minute,
    true as is_opening
from measured
union all
select
    business_hours_id,
    source_name,
    timezone,
    iso_weekday % 7 + 1 as iso_weekday,
    0 as from_minute,
    to_minute - {{ 24 * 60 }} as to_minute,
    false as is_opening
from measured
where to_minute > {{ 24 * 60 }}
