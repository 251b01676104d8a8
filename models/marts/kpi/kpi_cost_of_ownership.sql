{{ kpi_area_table(
    'P7',
    additive=['int_tco_cells'],
    computed=[
        'int_tco_budget_cells',
        'int_tco_saving_cells',
        'int_tco_user_cells',
        'int_crm_roi_cells',
    ],
) }}
