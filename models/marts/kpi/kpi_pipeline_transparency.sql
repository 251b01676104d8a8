{{ kpi_area_table(
    'B1',
    additive=[
        'int_pipeline_snapshot_cells', 'int_opp_field_cells', 'int_customer_view_cells',
        'int_opp_identified_cells',
    ],
    computed=[
        'int_activity_lag_cells', 'int_retention_chance_cells', 'int_pipeline_coverage_cells',
        'int_close_plan_cells', 'int_forecast_accuracy_cells',
    ]
) }}
