{{ crm_table('feedback') }}
