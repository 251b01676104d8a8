{{ kpi_cells(ref('fct_sale_line'), 'booked_on', [
    {
        'metric': 'sale_type_net_revenue',
        'numerator': 'coalesce(sum(incremental_amount), 0)',
        'dimensions': [
            'sale_type', 'rep × sale_type', 'region × sale_type', 'product_family × sale_type',
            'segment × sale_type', 'campaign × sale_type',
        ],
        'unconverted': 'sum(unconverted_amount)',
        'note': {
            'label': 'type_conflicts',
            'count': "count(distinct case when is_type_conflict and entry_type = 'booking'"
                ~ " then opportunity_id end)",
        },
    },
]) }}
