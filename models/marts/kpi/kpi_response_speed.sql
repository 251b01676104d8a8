{{ kpi_area_table(
    'P5',
    additive=['int_answer_cells', 'int_response_quality_cells'],
    computed=[
        'int_response_time_cells', 'int_speed_gain_cells', 'int_speed_potential_cells', 'int_case_csat_cells',
    ]
) }}
