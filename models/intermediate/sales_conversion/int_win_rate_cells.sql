with closed_deals as (
    select *
    from {{ ref('fct_opportunity') }}
    where closed_on is not null
),

-- What became of the deals of a month within the window W; those still open then are left out.
created_deals as (
    select
        deals.*,
        {{ date_plus_days('deals.created_on', 'funnel_window.window_days') }} as mature_on,
        deals.closed_on <= {{ date_plus_days('deals.created_on', 'funnel_window.window_days') }}
            as is_decided_in_window
    from {{ ref('fct_opportunity') }} as deals
    cross join {{ ref('int_funnel_window') }} as funnel_window
    where deals.created_on is not null
),

won_deals as (
    select *
    from closed_deals
    where is_won
),

priced_deals as (
    select *
    from won_deals
    where not is_free_renewal
)

{{ kpi_cells('closed_deals', 'closed_on', [
    {
        'metric': 'win_rate',
        'numerator': 'count_if(is_won)',
        'denominator': 'count(*)',
        'dimensions': ['rep', 'team', 'region', 'lead_source', 'segment', 'pipeline'],
        'note': {'label': 'clean-ups', 'count': 'count_if(is_cleanup)'},
    },
    {
        'metric': 'win_rate',
        'variant': 'value_based',
        'numerator': 'sum(case when is_won then net_amount end)',
        'denominator': 'coalesce(sum(net_amount), 0)',
        'unconverted': 'sum(unconverted_amount)',
        'note': {'label': 'without_amount', 'count': 'count_if(not has_amount)'},
    },
    {
        'metric': 'win_rate',
        'variant': 'without_cleanup',
        'numerator': 'count_if(is_won)',
        'denominator': 'count_if(not is_cleanup)',
        'n': 'count_if(not is_cleanup)',
    },
    {
        'metric': 'sale_type_win_rate',
        'numerator': 'count_if(is_won)',
        'denominator': 'count(*)',
        'dimensions': ['sale_type', 'rep × sale_type', 'region × sale_type'],
    },
]) }}
union all
{{ kpi_cells('created_deals', 'created_on', [
    {
        'metric': 'win_rate',
        'variant': 'created_cohort',
        'numerator': 'count_if(is_won and is_decided_in_window)',
        'denominator': 'count_if((is_won or is_lost) and is_decided_in_window)',
        'n': 'count_if((is_won or is_lost) and is_decided_in_window)',
        'complete_on': 'max(mature_on)',
    },
]) }}
union all
{{ kpi_cells('priced_deals', 'closed_on', [
    {
        'metric': 'avg_deal_net_amount',
        'numerator': 'coalesce(sum(net_amount), 0)',
        'denominator': 'count(net_amount)',
        'n': 'count(net_amount)',
        'dimensions': ['rep', 'sale_type', 'segment', 'region'],
        'unconverted': 'sum(unconverted_amount)',
        'note': {'label': 'without_amount', 'count': 'count_if(not has_amount)'},
    },
]) }}
union all
{{ kpi_cells('won_deals', 'closed_on', [
    {
        'metric': 'sales_cycle_days',
        'variant': 'mean',
        'numerator': 'coalesce(sum(case when not is_backfilled then cycle_days end), 0)',
        'denominator': 'count(case when not is_backfilled then cycle_days end)',
        'n': 'count(case when not is_backfilled then cycle_days end)',
    },
]) }}
