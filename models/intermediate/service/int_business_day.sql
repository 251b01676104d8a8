-- Days of the reporting zone with a running number of business days, for "n business days after"
-- (G11).
with default_calendar as (
    select business_hours_id
    from {{ ref('int_business_calendar') }}
    where is_default
),

opening_weekdays as (
    select distinct windows.iso_weekday
    from {{ ref('int_business_window') }} as windows
    inner join default_calendar
        on windows.business_hours_id = default_calendar.business_hours_id
    -- What is left of a Friday night does not make Saturday a business day.
    where windows.is_opening
    union
    select distinct iso_weekday
    from {{ ref('dim_date') }}
    where is_weekday and not exists (select 1 from default_calendar)
),

holidays as (
    select distinct calendar.holiday_date
    from {{ ref('crm_business_hours') }} as calendar
    inner join default_calendar
        on calendar.business_hours_id = default_calendar.business_hours_id
    where calendar.row_type = 'holiday'
),

days as (
    select
        days.date_day,
        opening_weekdays.iso_weekday is not null
        and holidays.holiday_date is null as is_business_day
    from {{ ref('dim_date') }} as days
    left join opening_weekdays
        on days.iso_weekday = opening_weekdays.iso_weekday
    left join holidays
        on days.date_day = holidays.holiday_date
)

select
    date_day,
    is_business_day,
    cast(
        sum(case when is_business_day then 1 else 0 end) over (
            order by date_day rows between unbounded preceding and current row
        ) as bigint
    ) as business_day_number,
    {{ day_start_at(date_plus_days('date_day', 1)) }} as ends_at
from days
