{{ kpi_target_rows(governance_tables()) }}
