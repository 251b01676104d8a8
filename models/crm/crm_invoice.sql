{{ crm_table('invoice') }}
