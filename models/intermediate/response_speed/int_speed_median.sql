-- The medians behind speed_gain_vs_baseline, per quarter: in total and per case type, of everybody
-- and of each team.
{%- set slices = ['case_type', 'team', 'team × case_type'] %}
with cases as (
    select * from {{ ref('fct_case_response') }}
),

post_sales_cases as (
    select * from cases
    where is_post_sales
),

first_response_cells as (
    {{ kpi_survival_cells(
        'speed_gain_vs_baseline', 'cases', 'started_on', 'first_response_wait_minutes',
        'is_answered', slices, {'': 0.5}
    ) | indent(4) }}
),

resolution_cells as (
    {{ kpi_median_cells(
        'speed_gain_vs_baseline', 'cases', 'solved_on', 'resolution_hours', slices
    ) | indent(4) }}
),

post_sales_cells as (
    {{ kpi_survival_cells(
        'speed_gain_vs_baseline', 'post_sales_cases', 'started_on', 'resolution_wait_days',
        'is_solved', slices, {'': 0.5}
    ) | indent(4) }}
),

cells as (
    {%- for metric, name in [
        ('first_response_time', 'first_response'), ('resolution_time', 'resolution'),
        ('post_sales_cycle_time', 'post_sales'),
    ] %}
    select
        '{{ metric }}' as base_metric,
        period_start,
        dimension,
        dimension_value,
        value,
        n
    from {{ name }}_cells
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    base_metric,
    period_start,
    case
        when dimension = 'team' then dimension_value
        when dimension = 'team × case_type' then split_part(dimension_value, ' × ', 1)
        else 'total'
    end as team,
    case
        when dimension = 'case_type' then dimension_value
        when dimension = 'team × case_type' then split_part(dimension_value, ' × ', 2)
        else 'total'
    end as case_type,
    value as median_value,
    n as case_count
from cells
