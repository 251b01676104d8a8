{{ kpi_area_table(
    'P6',
    additive=['int_overdue_cells', 'int_billing_cells', 'int_instalment_cells'],
    computed=['int_payment_cells', 'int_receivable_cells', 'int_cash_cycle_cells'],
) }}
