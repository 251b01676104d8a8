-- Week 53, the turn of the year and fiscal years that start in another month.
with cases as (
    select
        {{ iso_week_start("date '2021-01-03'") }} as actual,
        date '2020-12-28' as expected,
        'Sunday of week 53' as label
    union all
    select
        {{ iso_week_month("date '2020-12-28'") }} as actual,
        date '2020-12-01' as expected,
        'week 53 of 2020 has its Thursday in December' as label
    union all
    select
        {{ iso_week_month("date '2024-12-30'") }} as actual,
        date '2025-01-01' as expected,
        'week 1 of 2025 has its Thursday in January' as label
    union all
    select
        {{ fiscal_period_start("date '2024-03-31'", 12, 1) }} as actual,
        date '2024-01-01' as expected,
        'calendar year' as label
    union all
    select
        {{ fiscal_period_start("date '2024-03-31'", 12, 4) }} as actual,
        date '2023-04-01' as expected,
        'year from April, last day' as label
    union all
    select
        {{ fiscal_period_start("date '2024-04-01'", 12, 4) }} as actual,
        date '2024-04-01' as expected,
        'year from April, first day' as label
    union all
    select
        {{ fiscal_period_start("date '2024-01-15'", 3, 2) }} as actual,
        date '2023-11-01' as expected,
        'quarter from February' as label
)

select *
from cases
where actual is distinct from expected
