{{ kpi_area_table(
    'B2',
    additive=[
        'int_win_rate_cells', 'int_stage_conversion_cells', 'int_lead_funnel_cells', 'int_call_cells', 'int_quote_cells',
        'int_stage_activity_cells', 'int_sale_type_cells',
    ],
    computed=[
        'int_pipeline_movement_cells', 'int_sales_median_cells', 'int_stage_time_cells', 'int_reopen_cells',
        'int_lost_reason_cells', 'int_sales_velocity_cells', 'int_conversion_trend_cells', 'int_rep_performance_cells',
    ]
) }}
