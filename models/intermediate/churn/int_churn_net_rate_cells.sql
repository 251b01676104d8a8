-- Who was lost of the stock less who came back, over the stock. The ones who came back are not in
-- the stock, so the rate can be negative.
with bases as (
    select
        grain,
        period_start,
        segment,
        region,
        tenure_band,
        1 as base_count,
        case when is_lost then 1 else 0 end as net_lost_count,
        confirmed_on
    from {{ ref('int_churn_base') }}
),

reactivated as (
    select
        periods.grain,
        periods.period_start,
        events.segment,
        events.region,
        events.tenure_band,
        0 as base_count,
        events.net_lost_count,
        cast(null as date) as confirmed_on
    from {{ ref('int_churn_event') }} as events
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.grain in ('month', 'r12m')
            and periods.base_start = {{ month_start('events.happened_on') }}
    where events.event = 'reactivated'
),

changes as (
    select * from bases
    union all
    select * from reactivated
),

cells as (
    {{ kpi_cells('changes', 'period_start', [
        {
            'metric': 'net_customer_churn_rate',
            'numerator': 'sum(net_lost_count)',
            'denominator': 'sum(base_count)',
            'n': 'sum(base_count)',
            'complete_on': 'max(confirmed_on)',
        },
    ], ['segment', 'region', 'tenure_band'], grain_column='grain') }}
)

{{ observable_churn_cells('cells') }}
