{{ crm_table('product') }}
