{{ crm_table('business_hours') }}
