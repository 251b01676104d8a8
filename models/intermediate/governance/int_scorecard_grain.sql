-- Month and rolling year where the KPI has them, else whatever it has.
with board_metrics as (
    select distinct metric_name
    from {{ ref('scorecard_board') }}
),

grains as (
    select
        grains.metric_name,
        grains.grain,
        grains.grain in ('month', 'r12m') as is_usual
    from {{ ref('int_metric_grain') }} as grains
    inner join board_metrics
        on grains.metric_name = board_metrics.metric_name
)

select
    metric_name,
    grain
from grains
qualify is_usual or not max(is_usual) over (partition by metric_name)
