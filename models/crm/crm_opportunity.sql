{{ crm_table('opportunity') }}
