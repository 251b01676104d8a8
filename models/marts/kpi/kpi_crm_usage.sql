{{ kpi_area_table(
    'P1',
    additive=['int_user_week_cells', 'int_relationship_cells', 'int_crm_care_cells'],
    computed=['int_touch_cells', 'int_touch_week_cells', 'int_region_gap_cells'],
) }}
