{{ kpi_area_table(
    'P4',
    additive=['int_campaign_rate_cells', 'int_campaign_plan_cells', 'int_campaign_revenue_cells'],
    computed=[
        'int_campaign_lift_cells',
        'int_followup_lift_cells',
        'int_step_gap_cells',
        'int_campaign_roi_cells',
        'int_response_mix_cells',
        'int_targeting_cells',
    ],
) }}
