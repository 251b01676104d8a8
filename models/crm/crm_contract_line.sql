{{ crm_table('contract_line') }}
