{{ kpi_area_table(
    'P2',
    additive=['int_team_work_cells'],
    computed=[
        'int_survey_cells',
        'int_team_area_cells',
        'int_practice_uptake_cells',
        'int_employee_link_cells',
    ],
) }}
