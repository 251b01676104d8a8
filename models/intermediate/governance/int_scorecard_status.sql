with statuses as (
    select * from {{ ref('int_kpi_status') }}
    union all
    select * from {{ ref('int_governance_status') }}
)

select
    metric_name,
    grain,
    period_start,
    period_end,
    numerator,
    denominator,
    value,
    n,
    ci_low,
    ci_high,
    unit,
    currency,
    value_status,
    status_reason,
    comparator,
    target_value,
    target_high,
    target_source,
    baseline_value,
    baseline_source,
    previous_value,
    last_year_value,
    compared_with,
    compared_period_start,
    compared_value,
    compared_numerator,
    compared_denominator,
    rag,
    as_of
from statuses
