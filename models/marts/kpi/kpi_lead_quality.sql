{{ kpi_area_table(
    'P3',
    additive=['int_lead_state_cells'],
    computed=[
        'int_lead_rate_cells', 'int_lead_value_cells', 'int_lead_discipline_cells',
        'int_lead_touch_cells', 'int_lead_score_cells',
    ]
) }}
