-- The identity start + new + reactivated − lost = end of every period. Stocks are those of its
-- first and last month, movements are summed.
with months as (
    select
        month_start,
        count_if(is_active_at_start) as start_count,
        sum(new_count) as new_count,
        sum(reactivated_count) as reactivated_count,
        sum(lost_count) as lost_count,
        count_if(is_active_at_end) as end_count,
        max(confirmed_on) as confirmed_on
    from {{ ref('fct_customer_month') }}
    group by month_start
),

periods as (
    select
        periods.grain,
        periods.period_start,
        periods.base_start,
        max(periods.base_start) over (
            partition by periods.grain, periods.period_start
        ) as last_base_start
    from {{ ref('int_period') }} as periods
    inner join {{ ref('int_metric_grain') }} as grains
        on
            periods.grain = grains.grain
            and grains.metric_name = 'net_customers_lost'
    where periods.base_grain = 'month'
),

summed as (
    select
        periods.grain,
        periods.period_start,
        sum(case when periods.base_start = periods.period_start then months.start_count else 0 end)
            as start_count,
        sum(months.new_count) as new_count,
        sum(months.reactivated_count) as reactivated_count,
        sum(months.lost_count) as lost_count,
        sum(case when periods.base_start = periods.last_base_start then months.end_count else 0 end)
            as end_count,
        max(months.confirmed_on) as complete_on
    from periods
    inner join months
        on periods.base_start = months.month_start
    group by periods.grain, periods.period_start
),

movements as (
    {%- for movement in ['start', 'new', 'reactivated', 'lost', 'end'] %}
    select
        'net_customers_lost' as metric_name,
        grain,
        period_start,
        'movement' as dimension,
        '{{ movement }}' as dimension_value,
        {{ movement }}_count as numerator,
        {{ movement }}_count as n,
        {{ 'complete_on' if movement in ('lost', 'end') else 'null' }} as complete_on
    from summed
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

cells as (
    {{ select_cells('movements', [
        'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator', 'n',
        'complete_on',
    ]) | indent(4) }}
)

{{ observable_churn_cells('cells') }}
