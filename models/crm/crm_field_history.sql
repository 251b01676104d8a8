{{ crm_table('field_history') }}
