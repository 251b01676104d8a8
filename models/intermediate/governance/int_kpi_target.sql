-- Governance is judged after it (int_governance_target): it reads how the business areas stand.
{{ kpi_target_rows(business_area_tables()) }}
