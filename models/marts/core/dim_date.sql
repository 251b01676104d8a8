{%- set first_event = 'coalesce(min(first_event_date), ' ~ as_of_date() ~ ')' -%}
-- Digits instead of a generated series: both engines can cross join.
with digits as (
    {%- for digit in range(10) %}
    select {{ digit }} as digit
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

day_numbers as (
    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as day_number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands
),

-- From a year before the first event, for windows that look back, to three years after as_of, for
-- due dates, contract ends and calendars that look ahead.
bounds as (
    select
        {{ date_plus_days(first_event, -400) }} as first_day,
        {{ date_plus_days(as_of_date(), 1100) }} as last_day
    from {{ ref('int_table_coverage') }}
),

days as (
    select {{ date_plus_days('bounds.first_day', 'day_numbers.day_number') }} as date_day
    from bounds
    cross join day_numbers
    where {{ date_plus_days('bounds.first_day', 'day_numbers.day_number') }} <= bounds.last_day
)

select
    date_day,
    cast({{ iso_week_start('date_day') }} as date) as iso_week_start,
    {{ month_start('date_day') }} as month_start,
    {{ fiscal_period_start('date_day', 3) }} as quarter_start,
    {{ fiscal_period_start('date_day', 12) }} as year_start,
    cast({{ iso_weekday('date_day') }} as integer) as iso_weekday,
    cast(extract(month from date_day) as integer) as calendar_month,
    {{ iso_weekday('date_day') }} <= 5 as is_weekday,
    date_day <= {{ as_of_date() }} as has_happened
from days
