with won_deals as (
    select *
    from {{ ref('fct_opportunity') }}
    where is_won and closed_on is not null
),

priced_deals as (
    select *
    from won_deals
    where not is_free_renewal
)

{{ kpi_median_cells(
    'sales_cycle_days', 'won_deals', 'closed_on', 'case when not is_backfilled then cycle_days end',
    ['rep', 'sale_type', 'segment', 'region', 'amount_band'], {'p90': 0.9},
    note={'label': 'backfilled', 'count': 'count_if(is_backfilled)'}
) }}
union all
{{ kpi_median_cells(
    'sales_cycle_days', 'won_deals', 'closed_on',
    'case when not is_backfilled then active_cycle_days end', variant='active'
) }}
union all
{{ kpi_median_cells(
    'avg_deal_net_amount', 'priced_deals', 'closed_on', 'net_amount', variant='median',
    unconverted='sum(unconverted_amount)'
) }}
