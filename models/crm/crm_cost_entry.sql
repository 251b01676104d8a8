{{ crm_table('cost_entry') }}
