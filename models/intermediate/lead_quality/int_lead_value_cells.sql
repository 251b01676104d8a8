-- What an MQL is worth, of those whose window is over, and what winning customers cost per MQL.
with periods as (
    select
        grain,
        period_start,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('quarter', 'r12m')
),

mqls as (
    select
        periods.grain,
        periods.period_start,
        results.*
    from {{ ref('int_lead_result') }} as results
    inner join periods
        on {{ month_start('results.mql_on') }} = periods.month_start
),

spending as (
    select
        grain,
        period_start,
        1 as mql_count,
        cast(null as double) as cost_amount,
        0.0 as unconverted_amount
    from mqls
    union all
    select
        periods.grain,
        periods.period_start,
        0 as mql_count,
        costs.cost_amount,
        costs.unconverted_amount
    from {{ ref('int_cost_booking') }} as costs
    inner join periods
        on costs.cost_month = periods.month_start
    where costs.cost_pool = 'acquisition'
),

cells as (
    {{ kpi_cells('mqls', 'period_start', [
        {
            'metric': 'lead_value_per_mql',
            'numerator': 'sum(case when is_win_mature then cm1_amount end)',
            'denominator': 'nullif(count_if(is_win_mature), 0)',
            'n': 'count_if(is_win_mature)',
            'unconverted': 'sum(case when is_win_mature then unconverted_amount end)',
            'reason': "case when sum(case when is_win_mature then uncosted_deal_count end) > 0"
                ~ " then 'net revenue of deals without cost: ' || cast("
                ~ "sum(case when is_win_mature then uncosted_deal_count end) as varchar) end",
            'note': {'label': 'window open', 'count': 'count_if(not is_win_mature)'},
        },
    ], ['lead_source', 'campaign'], grain_column='grain') }}
    union all
    {{ kpi_cells('spending', 'period_start', [
        {
            'metric': 'lead_value_per_mql',
            'variant': 'cost_per_mql',
            'numerator': 'sum(cost_amount)',
            'denominator': 'sum(mql_count)',
            'n': 'sum(mql_count)',
            'unconverted': 'sum(unconverted_amount)',
        },
    ], grain_column='grain') }}
)

{{ relabelled_cells('cells', {
    'forced_status': "case when denominator is null then 'immature' end",
    'status_reason':
        "case when denominator is null then 'no window is over' else status_reason end",
}) }}
