{{ crm_table('kpi_target') }}
