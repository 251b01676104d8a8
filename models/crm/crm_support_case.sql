{{ crm_table('support_case') }}
