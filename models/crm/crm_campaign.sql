{{ crm_table('campaign') }}
