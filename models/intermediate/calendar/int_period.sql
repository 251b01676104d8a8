-- One row per period of any grain and the month (or day, or ISO week) that is summed into it.
with days as (
    select
        dates.date_day,
        dates.iso_week_start,
        dates.month_start,
        dates.quarter_start,
        dates.year_start
    from {{ ref('dim_date') }} as dates
    inner join {{ ref('meta_reporting') }} as reporting
        on dates.date_day >= reporting.first_month
    where dates.has_happened
),

months as (
    select distinct
        month_start,
        quarter_start,
        year_start
    from days
),

weeks as (
    select distinct
        iso_week_start,
        {{ iso_week_month('iso_week_start') }} as month_start
    from days
),

fixed_periods as (
    select
        'month' as base_grain,
        month_start as base_start,
        'month' as grain,
        month_start as period_start,
        {{ date_plus_months('month_start', 1) }} as next_start
    from months
    union all
    select
        'month' as base_grain,
        month_start as base_start,
        'quarter' as grain,
        quarter_start as period_start,
        {{ date_plus_months('quarter_start', 3) }} as next_start
    from months
    union all
    select
        'month' as base_grain,
        month_start as base_start,
        'year' as grain,
        year_start as period_start,
        {{ date_plus_months('year_start', 12) }} as next_start
    from months
),

rolling_periods as (
    {%- for grain, length in [('r3m', 3), ('r12m', 12)] %}
    select
        'month' as base_grain,
        part.month_start as base_start,
        '{{ grain }}' as grain,
        {{ date_plus_months('labelled.month_start', 1 - length) }} as period_start,
        {{ date_plus_months('labelled.month_start', 1) }} as next_start
    from months as labelled
    cross join months as part
    where
        labelled.month_start >= part.month_start
        and part.month_start >= {{ date_plus_months('labelled.month_start', 1 - length) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

monthly as (
    select * from fixed_periods
    union all
    select * from rolling_periods
),

-- Days and weeks are periods of their own and belong to a month each.
weekly as (
    select
        'iso_week' as base_grain,
        iso_week_start as base_start,
        'iso_week' as grain,
        iso_week_start as period_start,
        {{ date_plus_days('iso_week_start', 7) }} as next_start
    from weeks
    union all
    select
        'iso_week' as base_grain,
        weeks.iso_week_start as base_start,
        monthly.grain,
        monthly.period_start,
        monthly.next_start
    from weeks
    inner join monthly
        on weeks.month_start = monthly.base_start
),

daily as (
    select
        'day' as base_grain,
        date_day as base_start,
        'day' as grain,
        date_day as period_start,
        {{ date_plus_days('date_day', 1) }} as next_start
    from days
    union all
    select
        'day' as base_grain,
        date_day as base_start,
        'iso_week' as grain,
        iso_week_start as period_start,
        {{ date_plus_days('iso_week_start', 7) }} as next_start
    from days
    union all
    select
        'day' as base_grain,
        days.date_day as base_start,
        monthly.grain,
        monthly.period_start,
        monthly.next_start
    from days
    inner join monthly
        on days.month_start = monthly.base_start
),

all_periods as (
    select * from monthly
    union all
    select * from weekly
    union all
    select * from daily
)

select
    base_grain,
    base_start,
    grain,
    period_start,
    {{ date_plus_days('next_start', -1) }} as period_end
from all_periods
