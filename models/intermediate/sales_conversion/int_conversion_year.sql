-- The stage conversion of every twelve months per slice, beside that of the first twelve months.
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
        sum(monthly.next_count) / nullif(cast(sum(monthly.reached_count) as double), 0)
            as baseline_rate
    from monthly
    cross join baseline_months
    cross join {{ ref('int_funnel_window') }} as funnel_window
    where
        monthly.month_start >= baseline_months.first_month
        and monthly.month_start < baseline_months.end_month
        and {{ date_plus_days('baseline_months.end_month', 'funnel_window.window_days - 1') }}
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
)

select
    rolling.period_start,
    rolling.period_end,
    case rolling.set_number when 0 then 'total' when 1 then 'stage_step' else 'region' end
        as dimension,
    rolling.dimension_value,
    cast(rolling.next_count as bigint) as next_count,
    cast(rolling.reached_count as bigint) as reached_count,
    rolling.mature_on,
    auto_baselines.baseline_rate as auto_baseline_rate
from rolling
left join auto_baselines
    on
        rolling.set_number = auto_baselines.set_number
        and rolling.dimension_value = auto_baselines.dimension_value
