{{ crm_table('quote') }}
