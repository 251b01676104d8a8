{{ kpi_area_table(
    'B3',
    additive=['int_new_customer_cells', 'int_gross_to_net_cells'],
    computed=[
        'int_new_customer_growth_cells',
        'int_new_business_cells',
        'int_acquisition_cost_cells',
        'int_break_even_cells',
        'int_customer_return_cells',
        'int_lifetime_to_cost_cells',
        'int_sales_efficiency_cells',
    ],
) }}
