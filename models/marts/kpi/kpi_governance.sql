{{ kpi_area_table(
    'F',
    additive=['int_kpi_review_cells', 'int_kpi_effort_cells', 'int_campaign_start_cells'],
    computed=[
        'int_relationship_return_cells',
        'int_customer_equity_cells',
        'int_headline_cells',
        'int_kpi_root_cause_cells',
    ],
) }}
