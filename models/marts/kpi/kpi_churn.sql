{{ kpi_area_table(
    'B7',
    additive=['int_churn_count_cells', 'int_churn_snapshot_cells', 'int_churn_reason_cells'],
    computed=[
        'int_churn_movement_cells',
        'int_churn_rate_cells',
        'int_churn_net_rate_cells',
        'int_churn_mrr_cells',
        'int_churn_value_cells',
        'int_churn_season_cells',
        'int_churn_reactivation_cells',
        'int_churn_restatement_cells',
    ],
) }}
