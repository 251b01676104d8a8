{{ crm_table('login_history') }}
