-- Per final period, because whether a ranking of reasons means anything is judged for all of it.
with lost_deals as (
    select
        metric_grains.grain,
        periods.period_start,
        deals.reason,
        deals.competitor,
        deals.last_open_stage as stage,
        deals.sale_type,
        deals.is_reason_unclear
    from {{ ref('fct_opportunity') }} as deals
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and {{ month_start('deals.closed_on') }} = periods.base_start
    inner join {{ ref('int_metric_grain') }} as metric_grains
        on
            periods.grain = metric_grains.grain
            and metric_grains.metric_name = 'lost_reason_share'
    where deals.is_lost and deals.closed_on is not null
),

with_quality as (
    select
        *,
        avg(case when is_reason_unclear then 1.0 else 0.0 end)
            over (partition by grain, period_start)
            as unclear_share
    from lost_deals
),

judged_deals as (
    select
        *,
        case
            when unclear_share > {{ parameter('unclear_reason_share') }}
                then 'low_quality: too many without a clear reason'
        end as quality_reason
    from with_quality
),

slice_cells as (
    {{ kpi_cells('judged_deals', 'period_start', [
        {
            'metric': 'lost_reason_share',
            'numerator': 'count(*)',
            'denominator': 'count(*)',
            'reason': 'max(quality_reason)',
            'dimensions': ['reason', 'competitor', 'stage × reason', 'sale_type × reason'],
        },
    ], grain_column='grain') | indent(4) }}
)

{{ kpi_cells('judged_deals', 'period_start', [
    {
        'metric': 'lost_reason_share',
        'numerator': 'count(reason)',
        'denominator': 'count(*)',
        'reason': 'max(quality_reason)',
    },
], grain_column='grain') }}
union all
{{ select_cells('slice_cells', cell_columns()) }}
where dimension <> 'total'
