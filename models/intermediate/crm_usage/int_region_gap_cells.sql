-- Why a region wins more or less of its deals than all together: because it has other deals (mix)
-- or because it wins more of the same ones (rate).
with closed_deals as (
    select
        grains.grain,
        periods.period_start,
        coalesce(deals.region, '(unknown)') as region,
        concat_ws(
            ' × ',
            coalesce(deals.sale_type, '(unknown)'),
            coalesce(deals.lead_source, '(unknown)'),
            coalesce(deals.segment, '(unknown)')
        ) as cell,
        case when deals.is_won then 1.0 else 0.0 end as won
    from {{ ref('fct_opportunity') }} as deals
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and {{ month_start('deals.closed_on') }} = periods.base_start
    inner join {{ ref('int_metric_grain') }} as grains
        on
            periods.grain = grains.grain
            and grains.metric_name = 'region_gap_decomposition'
    where deals.closed_on is not null
),

sized as (
    select
        *,
        count(*) over (partition by grain, period_start, cell) as cell_count
    from closed_deals
),

-- A rate of a handful of deals says nothing about how they are sold.
pooled as (
    select
        grain,
        period_start,
        region,
        won,
        case when cell_count < {{ parameter('cell_min_n') }} then 'other' else cell end as cell
    from sized
),

cells as (
    select
        grain,
        period_start,
        cell,
        avg(won) as rate,
        count(*) / nullif(cast(sum(count(*)) over (partition by grain, period_start) as double), 0)
            as share
    from pooled
    group by grain, period_start, cell
),

regions as (
    select
        grain,
        period_start,
        region,
        count(*) as deal_count,
        avg(won) as rate
    from pooled
    group by grain, period_start, region
),

region_cells as (
    select
        grain,
        period_start,
        region,
        cell,
        count(*) as deal_count,
        avg(won) as rate
    from pooled
    group by grain, period_start, region, cell
),

-- A cell the region has no deal of differs in its share alone.
compared as (
    select
        regions.grain,
        regions.period_start,
        regions.region,
        cells.cell,
        coalesce(region_cells.deal_count / nullif(cast(regions.deal_count as double), 0), 0.0)
            as region_share,
        coalesce(region_cells.rate, cells.rate) as region_rate,
        cells.share as total_share,
        cells.rate as total_rate
    from regions
    inner join cells
        on
            regions.grain = cells.grain
            and regions.period_start = cells.period_start
    left join region_cells
        on
            regions.grain = region_cells.grain
            and regions.period_start = region_cells.period_start
            and regions.region = region_cells.region
            and cells.cell = region_cells.cell
),

effects as (
    select
        grain,
        period_start,
        region,
        100 * sum((region_share - total_share) * (region_rate + total_rate) / 2) as mix_points,
        100 * sum((region_rate - total_rate) * (region_share + total_share) / 2) as rate_points
    from compared
    group by grain, period_start, region
),

totals as (
    select
        grain,
        period_start,
        sum(deal_count) as deal_count,
        sum(deal_count * rate) / nullif(sum(deal_count), 0) as rate
    from regions
    group by grain, period_start
),

labelled as (
    select
        regions.grain,
        regions.period_start,
        'region' as dimension,
        regions.region as dimension_value,
        100 * (regions.rate - totals.rate) as value,
        regions.deal_count as n
    from regions
    inner join totals
        on
            regions.grain = totals.grain
            and regions.period_start = totals.period_start
    union all
    {%- for component in ['mix', 'rate'] %}
    select
        effects.grain,
        effects.period_start,
        'region × component' as dimension,
        effects.region || ' × {{ component }}' as dimension_value,
        effects.{{ component }}_points as value,
        regions.deal_count as n
    from effects
    inner join regions
        on
            effects.grain = regions.grain
            and effects.period_start = regions.period_start
            and effects.region = regions.region
    union all
    {%- endfor %}
    -- All regions together have no gap.
    select
        regions.grain,
        regions.period_start,
        'total' as dimension,
        'total' as dimension_value,
        100 * sum(regions.deal_count * (regions.rate - totals.rate))
        / nullif(sum(regions.deal_count), 0) as value,
        sum(regions.deal_count) as n
    from regions
    inner join totals
        on
            regions.grain = totals.grain
            and regions.period_start = totals.period_start
    group by regions.grain, regions.period_start
),

named as (
    select
        'region_gap_decomposition' as metric_name,
        *
    from labelled
)

{{ select_cells('named', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
]) }}
