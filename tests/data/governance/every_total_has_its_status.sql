-- Each total of each area is judged once, the first period of a metric, too, and compared with the
-- row before it and, by months and quarters, with the one a year of rows before it: the periods of
-- a metric have no gaps.
with totals as (
    {%- for table in area_tables().values() %}
    select
        metric_name,
        grain,
        period_start,
        value
    from {{ ref(table) }}
    where dimension = 'total'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

with_earlier as (
    select
        *,
        lag(value) over by_time as previous_value,
        case
            when grain in ('month', 'r3m', 'r12m') then lag(value, 12) over by_time
            when grain = 'quarter' then lag(value, 4) over by_time
        end as last_year_value
    from totals
    window by_time as (partition by metric_name, grain order by period_start)
),

statuses as (
    select
        metric_name,
        grain,
        period_start,
        count(*) as status_count,
        max(previous_value) as previous_value,
        max(case when grain in ('month', 'r3m', 'r12m', 'quarter') then last_year_value end)
            as last_year_value
    from {{ ref('int_scorecard_status') }}
    group by metric_name, grain, period_start
)

select
    with_earlier.metric_name,
    with_earlier.grain,
    with_earlier.period_start,
    statuses.status_count,
    with_earlier.previous_value as previous_expected,
    statuses.previous_value,
    with_earlier.last_year_value as last_year_expected,
    statuses.last_year_value
from with_earlier
left join statuses
    on
        with_earlier.metric_name = statuses.metric_name
        and with_earlier.grain = statuses.grain
        and with_earlier.period_start = statuses.period_start
where
    statuses.status_count is distinct from 1
    or statuses.previous_value is distinct from with_earlier.previous_value
    or statuses.last_year_value is distinct from with_earlier.last_year_value
