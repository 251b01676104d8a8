{{ kpi_area_table(
    'B5',
    additive=['int_satisfaction_cells'],
    computed=[
        'int_nps_cells',
        'int_nps_gap_cells',
        'int_nps_comparability_cells',
        'int_sentiment_cells',
        'int_feedback_cohort_cells',
        'int_response_bias_cells',
        'int_feedback_theme_cells',
        'int_promoter_repurchase_cells',
        'int_measurement_regularity_cells',
    ],
) }}
