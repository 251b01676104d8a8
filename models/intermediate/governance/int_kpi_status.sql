{{ kpi_status_rows(business_area_tables(), 'int_kpi_target') }}
