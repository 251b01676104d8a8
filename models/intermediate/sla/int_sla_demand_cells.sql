-- What customers ask for: with a promise or without one, in opening hours or outside them. Spam is
-- no demand, and a case we opened ourselves is none either.
with cases as (
    select * from {{ ref('fct_case') }}
    where not is_excluded
),

-- Weekday and hour of demand are those of the calendar it met.
clocked_cases as (
    select
        case_id,
        calendar_date,
        calendar_weekday as weekday,
        calendar_hour as hour,
        priority,
        channel,
        segment,
        region,
        is_out_of_hours
    from cases
    where is_out_of_hours is not null
)

{{ kpi_cells('cases', 'started_on', [
    {
        'metric': 'sla_coverage_rate',
        'numerator': 'count_if(is_sla_covered)',
        'denominator': 'count(*)',
    },
], ['channel', 'segment', 'case_type']) }}
union all
{{ kpi_cells('clocked_cases', 'calendar_date', [
    {
        'metric': 'out_of_hours_demand_rate',
        'numerator': 'count_if(is_out_of_hours)',
        'denominator': 'count(*)',
    },
], ['weekday', 'hour', 'priority', 'channel', 'segment', 'region']) }}
