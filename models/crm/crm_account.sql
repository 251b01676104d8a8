{{ crm_table('account') }}
