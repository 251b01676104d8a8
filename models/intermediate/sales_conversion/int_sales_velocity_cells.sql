-- Four levers of the same scope: what is open, what a win is worth, how often and how fast it
-- comes.
{%- set slices = ['team', 'region'] %}
{%- set sets = [[], ['team'], ['region']] %}
with periods as (
    select distinct
        grain,
        period_start,
        period_end,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
),

closed_deals as (
    select
        periods.period_start,
        coalesce(deals.team, '(unknown)') as team,
        coalesce(deals.region, '(unknown)') as region,
        deals.is_won,
        deals.is_free_renewal,
        deals.net_amount,
        deals.is_backfilled,
        deals.cycle_days,
        deals.unconverted_amount
    from {{ ref('fct_opportunity') }} as deals
    inner join periods
        on {{ month_start('deals.closed_on') }} = periods.month_start
),

closed_factors as (
    select
        period_start,
        {{ set_number(sets, slices) | indent(8) }} as set_number,
        team,
        region,
        count_if(is_won) as won_count,
        count(*) as decided_count,
        sum(case when is_won and not is_free_renewal then net_amount end) as won_amount,
        count(case when is_won and not is_free_renewal then net_amount end) as priced_count,
        median(case when is_won and not is_backfilled then cycle_days end) as cycle_days,
        sum(case when is_won then unconverted_amount end) as unconverted_amount
    from closed_deals
    group by grouping sets (
        {%- for set in sets %}
        ({{ (['period_start'] + set) | join(', ') }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
),

last_months as (
    select
        period_start,
        max(month_start) as month_start
    from periods
    group by period_start
),

-- Open at the end of the period, in the open month at as_of.
open_deals as (
    select
        last_months.period_start,
        coalesce(snapshots.team, '(unknown)') as team,
        coalesce(snapshots.region, '(unknown)') as region
    from {{ ref('int_opp_month') }} as snapshots
    inner join last_months
        on snapshots.month_start = last_months.month_start
),

open_factors as (
    select
        period_start,
        {{ set_number(sets, slices) | indent(8) }} as set_number,
        team,
        region,
        count(*) as open_count
    from open_deals
    group by grouping sets (
        {%- for set in sets %}
        ({{ (['period_start'] + set) | join(', ') }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
),

factors as (
    select
        closed_factors.*,
        coalesce(open_factors.open_count, 0) as open_count
    from closed_factors
    left join open_factors
        on
            closed_factors.period_start = open_factors.period_start
            and closed_factors.set_number = open_factors.set_number
            and coalesce(closed_factors.team, '') = coalesce(open_factors.team, '')
            and coalesce(closed_factors.region, '') = coalesce(open_factors.region, '')
),

cells as (
    select
        'sales_velocity' as metric_name,
        'r12m' as grain,
        period_start,
        case set_number when 0 then 'total' when 1 then 'team' else 'region' end as dimension,
        case set_number when 0 then 'total' when 1 then team else region end as dimension_value,
        open_count
        * (won_amount / nullif(priced_count, 0))
        * (won_count / nullif(cast(decided_count as double), 0))
        / nullif(cycle_days, 0) as value,
        won_count as n,
        unconverted_amount
    from factors
)

{{ select_cells(
    'cells',
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
     'unconverted_amount']
) }}
