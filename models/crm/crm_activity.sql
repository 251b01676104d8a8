{{ crm_table('activity') }}
