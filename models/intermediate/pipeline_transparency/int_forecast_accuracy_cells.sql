-- What the pipeline was said to bring in a period on the evening before it began, against what it
-- brought. The probabilities know no deal that closed later than that evening.
{%- set slices = ['rep', 'team'] if var('rep_level_enabled') else ['team'] %}
with periods as (
    select
        grain,
        period_start,
        period_end,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'quarter')
),

period_starts as (
    select distinct
        grain,
        period_start,
        period_end,
        {{ date_plus_months('period_start', -1) }} as month_before
    from periods
),

results as (
    select
        period_starts.grain,
        period_starts.period_start,
        coalesce(snapshots.rep, '(unknown)') as rep,
        coalesce(snapshots.team, '(unknown)') as team,
        0.0 as won_amount,
        0 as won_count,
        snapshots.weighted_net_amount as forecast_amount,
        case
            when snapshots.net_amount is not null and snapshots.win_probability is null then 1
            else 0
        end as unweighted_count,
        snapshots.unconverted_amount
    from period_starts
    inner join {{ ref('fct_opportunity_month') }} as snapshots
        on period_starts.month_before = snapshots.month_start
    where
        snapshots.expected_close_date >= period_starts.period_start
        and snapshots.expected_close_date <= period_starts.period_end
    union all
    select
        periods.grain,
        periods.period_start,
        coalesce(deals.rep, '(unknown)') as rep,
        coalesce(deals.team, '(unknown)') as team,
        deals.net_amount as won_amount,
        1 as won_count,
        0.0 as forecast_amount,
        0 as unweighted_count,
        deals.unconverted_amount
    from periods
    inner join {{ ref('fct_opportunity') }} as deals
        on periods.month_start = {{ month_start('deals.closed_on') }}
    where deals.is_won
),

first_period as (
    select min(month_start) as month_start
    from {{ ref('fct_opportunity_month') }}
),

-- Deals of which none has an expected close date are no forecast of nothing.
undated_months as (
    select month_start
    from {{ ref('fct_opportunity_month') }}
    group by month_start
    having count(expected_close_date) = 0
),

totals as (
    {%- for slice in [none] + slices %}
    select
        grain,
        period_start,
        '{{ slice or 'total' }}' as dimension,
        {{ slice or "'total'" }} as dimension_value,
        coalesce(sum(won_amount), 0) as won_amount,
        sum(won_count) as won_count,
        coalesce(sum(forecast_amount), 0) as forecast_amount,
        sum(unweighted_count) as unweighted_count,
        sum(unconverted_amount) as unconverted_amount
    from results
    group by grain, period_start{{ ', ' ~ slice if slice }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

cells as (
    select
        totals.grain,
        totals.period_start,
        totals.dimension,
        totals.dimension_value,
        abs(totals.won_amount - totals.forecast_amount) as numerator,
        totals.won_amount as denominator,
        case
            when totals.won_amount > 0
                then
                    greatest(
                        0,
                        1
                        - abs(totals.won_amount - totals.forecast_amount)
                        / nullif(totals.won_amount, 0)
                    )
        end as value,
        totals.won_count as n,
        totals.unconverted_amount,
        case
            when
                totals.period_start <= first_period.month_start
                or undated_months.month_start is not null
                or totals.unweighted_count > 0
                then 'no_data'
            when totals.won_amount = 0 then 'not_applicable'
        end as forced_status,
        case
            when totals.period_start <= first_period.month_start
                then 'no pipeline known before the period'
            when undated_months.month_start is not null then 'no expected close date known'
            when totals.unweighted_count > 0 then 'no history of stage_id or no probability'
            when totals.won_amount = 0 then 'nothing won'
        end as status_reason
    from totals
    cross join first_period
    left join undated_months
        on {{ date_plus_months('totals.period_start', -1) }} = undated_months.month_start
),

-- Nothing was won either, and still nobody knows what was forecast.
silent_periods as (
    select
        'forecast_accuracy' as metric_name,
        period_starts.grain,
        period_starts.period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        'no expected close date known' as status_reason
    from period_starts
    inner join undated_months
        on period_starts.month_before = undated_months.month_start
    left join cells
        on
            period_starts.grain = cells.grain
            and period_starts.period_start = cells.period_start
    where cells.grain is null
)

{{ select_cells(
    "(select 'forecast_accuracy' as metric_name, cells.* from cells) as forecast_cells",
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
     'denominator', 'value', 'n', 'unconverted_amount', 'forced_status', 'status_reason']
) }}
union all
{{ select_cells('silent_periods', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
