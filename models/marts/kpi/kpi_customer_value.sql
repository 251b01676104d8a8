{{ kpi_area_table(
    'B4',
    additive=['int_service_cost_cells', 'int_switch_cells', 'int_existing_offer_cells'],
    computed=[
        'int_lifetime_cells',
        'int_retention_cells',
        'int_profit_cells',
        'int_customer_value_cells',
        'int_clv_gap_cells',
        'int_revenue_retention_cells',
        'int_switch_period_cells',
        'int_cost_ratio_cells',
    ],
) }}
