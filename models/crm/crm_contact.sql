{{ crm_table('contact') }}
