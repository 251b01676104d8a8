select
    metric_name,
    grain,
    period_start,
    dimension,
    dimension_value,
    contribution,
    mix_change,
    rate_change,
    rank
from {{ ref('int_kpi_contribution') }}
