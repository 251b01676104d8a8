-- The calendar reaches from 400 days before the first event to 1100 days after as_of, every day
-- once; 1 January 2024 was a Monday.
with first_events as (
    select min(first_event_date) as first_event_on
    from {{ ref('meta_table_coverage') }}
),

bounds as (
    select
        {{ date_plus_days('coalesce(first_events.first_event_on, reporting.as_of)', -400) }}
            as first_day,
        {{ date_plus_days('reporting.as_of', 1100) }} as last_day
    from {{ ref('meta_reporting') }} as reporting
    cross join first_events
),

days as (
    select
        *,
        ({{ days_between("date '2024-01-01'", 'date_day') }} % 7 + 7) % 7 as days_since_monday
    from {{ ref('dim_date') }}
),

problems as (
    select
        'not from the first to the last day' as problem,
        min(days.date_day) as date_day
    from days
    cross join bounds
    group by bounds.first_day, bounds.last_day
    having
        min(days.date_day) <> bounds.first_day
        or max(days.date_day) <> bounds.last_day
        or count(*) <> {{ days_between('bounds.first_day', 'bounds.last_day') }} + 1
        or count(distinct days.date_day) <> count(*)
    union all
    select
        'another day of the week' as problem,
        date_day
    from days
    where
        iso_weekday <> days_since_monday + 1
        or is_weekday <> (days_since_monday < 5)
        or iso_week_start <> {{ date_plus_days('date_day', '-days_since_monday') }}
    union all
    select
        'another month' as problem,
        date_day
    from days
    where
        calendar_month <> cast(substr(cast(date_day as varchar), 6, 2) as integer)
        or cast(month_start as varchar) <> substr(cast(date_day as varchar), 1, 7) || '-01'
    union all
    select
        'has happened or not' as problem,
        days.date_day
    from days
    cross join {{ ref('meta_reporting') }} as reporting
    where days.has_happened <> (days.date_day <= reporting.as_of)
)

select * from problems
