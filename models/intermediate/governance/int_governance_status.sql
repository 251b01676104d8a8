{{ kpi_status_rows(governance_tables(), 'int_governance_target') }}
