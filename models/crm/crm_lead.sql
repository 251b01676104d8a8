{{ crm_table('lead') }}
