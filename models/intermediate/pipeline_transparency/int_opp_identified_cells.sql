with identified_deals as (
    select * from {{ ref('int_opp_creation') }}
)

{{ kpi_cells('identified_deals', 'created_on', [
    {
        'metric': 'identified_opportunity_count',
        'numerator': 'count_if(not is_backfilled)',
        'n': 'count_if(not is_backfilled)',
        'dimensions': ['rep', 'region', 'lead_source', 'customer_type', 'campaign'],
    },
    {
        'metric': 'identified_opportunity_count',
        'variant': 'net_amount',
        'numerator': 'coalesce(sum(case when not is_backfilled then net_amount end), 0)',
        'n': 'count(case when not is_backfilled then net_amount end)',
        'unconverted': 'sum(case when not is_backfilled then unconverted_amount end)',
        'note': {'label': 'n_missing_amount',
            'count': 'count_if(not is_backfilled and document_net_amount is null)'},
    },
    {
        'metric': 'identified_opportunity_count',
        'variant': 'backfilled',
        'numerator': 'count_if(is_backfilled)',
        'n': 'count_if(is_backfilled)',
    },
]) }}
