{#- The area tables that are built, by area of the registry. -#}
{% macro area_tables() %}
    {%- do return({
        'B1': 'kpi_pipeline_transparency',
        'B2': 'kpi_sales_conversion',
        'B3': 'kpi_new_business',
        'B4': 'kpi_customer_value',
        'B5': 'kpi_customer_satisfaction',
        'B6': 'kpi_sla_compliance',
        'B7': 'kpi_churn',
        'P1': 'kpi_crm_usage',
        'P2': 'kpi_employee_satisfaction',
        'P3': 'kpi_lead_quality',
        'P4': 'kpi_campaigns',
        'P6': 'kpi_payments',
        'P5': 'kpi_response_speed',
        'P7': 'kpi_cost_of_ownership',
        'F': 'kpi_governance',
    }) -%}
{% endmacro %}

{#- The fourteen areas governance looks at (C14): their KPIs are judged before kpi_governance is built. -#}
{% macro business_area_tables() %}
    {%- set tables = {} -%}
    {%- for area, table in area_tables().items() if area != 'F' -%}
        {%- do tables.update({area: table}) -%}
    {%- endfor -%}
    {%- do return(tables) -%}
{% endmacro %}

{#- Governance itself, judged afterwards. -#}
{% macro governance_tables() %}
    {%- do return({'F': area_tables()['F']}) -%}
{% endmacro %}
