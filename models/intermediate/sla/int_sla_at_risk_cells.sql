-- Open promises close to their target: at the end of every month, and by day only for as_of, the
-- live queue.
with open_instances as (
    select
        'month' as grain,
        month_start as period_start,
        sla_metric,
        team,
        rep,
        priority,
        is_at_risk
    from {{ ref('fct_case_sla_month') }}
    union all
    select
        'day' as grain,
        {{ as_of_date() }} as period_start,
        sla_metric,
        team,
        rep,
        priority,
        is_at_risk
    from {{ ref('fct_case_sla') }}
    where is_open and no_answer_reason is null
),

observed_cells as (
    {{ kpi_cells('open_instances', 'period_start', [
        {
            'metric': 'sla_at_risk_open_count',
            'numerator': 'count_if(is_at_risk)',
            'n': 'count(*)',
        },
    ], ['sla_metric', 'team', 'rep', 'priority'], grain_column='grain') | indent(4) }}
),

past_days as (
    select distinct
        'sla_at_risk_open_count' as metric_name,
        grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        'by day only for as_of' as status_reason
    from {{ ref('int_period') }}
    where grain = 'day' and period_start < {{ as_of_date() }}
),

cells as (
    select * from observed_cells
    union all
    {{ select_cells('past_days', [
        'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
        'status_reason',
    ]) | indent(4) }}
)

{{ judged_sla_cells('cells', ['sla_at_risk_open_count']) }}
