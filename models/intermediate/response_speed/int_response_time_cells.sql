-- How long it takes. What is not over yet stays in as long as it has lasted (first answer, cycle);
-- the resolution time looks back on what was solved.
with cases as (
    select * from {{ ref('fct_case_response') }}
),

post_sales_cases as (
    select * from cases
    where is_post_sales
),

service_starts as (
    select * from {{ ref('int_service_start') }}
)

{{ kpi_survival_cells(
    'first_response_time', 'cases', 'started_on', 'first_response_wait_minutes', 'is_answered',
    ['channel', 'priority', 'case_type', 'team', 'region']
) }}
union all
{{ kpi_survival_cells(
    'first_response_time', 'cases', 'started_on', 'first_response_wait_business_minutes',
    'is_answered', quantiles={'business': 0.5}
) }}
union all
{{ kpi_median_cells(
    'resolution_time', 'cases', 'solved_on', 'resolution_hours',
    ['case_type', 'priority', 'channel', 'team'], {'p90': 0.9}
) }}
union all
{{ kpi_median_cells(
    'resolution_time', 'cases', 'solved_on', 'resolution_net_hours',
    variant='net_of_customer_wait'
) }}
union all
{{ kpi_survival_cells(
    'post_sales_cycle_time', 'post_sales_cases', 'started_on', 'resolution_wait_days', 'is_solved',
    ['case_type', 'region', 'team']
) }}
union all
{{ kpi_survival_cells(
    'post_sales_cycle_time', 'service_starts', 'won_on', 'won_to_service_days', 'has_started',
    quantiles={'won_to_service': 0.5}
) }}
