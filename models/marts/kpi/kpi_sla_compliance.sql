{{ kpi_area_table(
    'B6',
    additive=[
        'int_sla_decision_cells', 'int_sla_demand_cells', 'int_sla_watermelon_cells', 'int_premium_cells',
    ],
    computed=['int_sla_median_cells', 'int_sla_at_risk_cells', 'int_premium_readiness_cells']
) }}
