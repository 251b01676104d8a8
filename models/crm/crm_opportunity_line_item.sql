{{ crm_table('opportunity_line_item') }}
