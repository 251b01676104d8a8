{{ crm_table('payment') }}
