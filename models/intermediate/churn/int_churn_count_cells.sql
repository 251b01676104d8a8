{{ kpi_cells(ref('int_churn_event'), 'happened_on', [
    {
        'metric': 'net_customers_lost',
        'numerator': 'sum(net_lost_count)',
        'complete_on': 'max(confirmed_on)',
    },
], ['segment', 'region', 'rep', 'tenure_band', 'reason']) }}
