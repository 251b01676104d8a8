{{ crm_table('currency_rate') }}
