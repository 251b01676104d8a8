-- The stage conversion of twelve months against a baseline that stays where it was fixed.
{%- set slices = ['stage_step', 'region'] %}
{%- set sets = [[], ['stage_step'], ['region']] %}
with steps as (
    select
        {{ month_start('funnel_entry_on') }} as month_start,
        stage_step,
        coalesce(region, '(unknown)') as region,
        is_next_in_window,
        mature_on
    from {{ ref('fct_opportunity_reach') }}
    where is_in_window and stage_step is not null
),

monthly as (
    select
        month_start,
        {{ set_number(sets, slices) | indent(8) }} as set_number,
        coalesce(stage_step, region, 'total') as dimension_value,
        count_if(is_next_in_window) as next_count,
        count(*) as reached_count,
        max(mature_on) as mature_on
    from steps
    group by grouping sets (
        {%- for set in sets %}
        ({{ (['month_start'] + set) | join(', ') }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
),

first_month as (
    select min(base_start) as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'month'
),

baseline_months as (
    select
        month_start as first_month,
        {{ date_plus_months('month_start', 12) }} as end_month
    from first_month
),

-- Frozen once the first twelve months are mature, all of them.
auto_baselines as (
    select
        monthly.set_number,
        monthly.dimension_value,
        sum(monthly.next_count) / nullif(cast(sum(monthly.reached_count) as double), 0) as baseline_rate
    from monthly
    cross join baseline_months
    cross join {{ ref('int_funnel_window') }} as funnel_window
    where
        monthly.month_start >= baseline_months.first_month
        and monthly.month_start < baseline_months.end_month
        and {{ date_plus_days(date_plus_days('baseline_months.end_month', -1), 'funnel_window.window_days') }}
        <= {{ as_of_date() }}
    group by monthly.set_number, monthly.dimension_value
),

rolling as (
    select
        periods.period_start,
        periods.period_end,
        monthly.set_number,
        monthly.dimension_value,
        sum(monthly.next_count) as next_count,
        sum(monthly.reached_count) as reached_count,
        max(monthly.mature_on) as mature_on
    from monthly
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.grain = 'r12m'
            and monthly.month_start = periods.base_start
    group by periods.period_start, periods.period_end, monthly.set_number, monthly.dimension_value
),

-- A baseline the company has fixed; the narrowest row that contains the end of the period.
company_baselines as (
    select
        rolling.period_start,
        rolling.set_number,
        rolling.dimension_value,
        cast(targets.baseline_value as double) as baseline_rate
    from rolling
    inner join {{ ref('crm_kpi_target') }} as targets
        on
            targets.metric_name = 'stage_conversion_rate'
            and coalesce(nullif(targets.dim_name, ''), 'total')
            = case rolling.set_number when 0 then 'total' when 1 then 'stage_step' else 'region' end
            and coalesce(nullif(targets.dim_value, ''), 'total') = rolling.dimension_value
            and targets.baseline_value > 0
            and rolling.period_end >= targets.period_start
            and rolling.period_end <= coalesce(targets.period_end, rolling.period_end)
    qualify row_number() over (
        partition by rolling.period_start, rolling.set_number, rolling.dimension_value
        order by
            {{ days_between('targets.period_start', "coalesce(targets.period_end, cast('9999-12-31' as date))") }},
            targets.period_start desc
    ) = 1
),

compared as (
    select
        rolling.*,
        coalesce(company_baselines.baseline_rate, auto_baselines.baseline_rate) as baseline_rate,
        case
            when company_baselines.baseline_rate is not null then cast(null as varchar)
            when auto_baselines.baseline_rate is not null then 'auto_baseline'
            else 'no baseline yet'
        end as status_reason
    from rolling
    left join company_baselines
        on
            rolling.period_start = company_baselines.period_start
            and rolling.set_number = company_baselines.set_number
            and rolling.dimension_value = company_baselines.dimension_value
    left join auto_baselines
        on
            rolling.set_number = auto_baselines.set_number
            and rolling.dimension_value = auto_baselines.dimension_value
),

cells as (
    select
        'conversion_trend_index' as metric_name,
        'r12m' as grain,
        period_start,
        case set_number when 0 then 'total' when 1 then 'stage_step' else 'region' end as dimension,
        dimension_value,
        100 * (next_count / nullif(cast(reached_count as double), 0)) / nullif(baseline_rate, 0) as value,
        100 * {{ wilson('next_count', 'reached_count', 'low') }} / nullif(baseline_rate, 0) as ci_low,
        100 * {{ wilson('next_count', 'reached_count', 'high') }} / nullif(baseline_rate, 0) as ci_high,
        reached_count as n,
        mature_on as complete_on,
        status_reason
    from compared
)

{{ select_cells(
    'cells',
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'ci_low', 'ci_high', 'n',
     'complete_on', 'status_reason']
) }}
