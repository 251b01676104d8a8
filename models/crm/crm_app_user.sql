{{ crm_table('app_user') }}
