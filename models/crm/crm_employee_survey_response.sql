{{ crm_table('employee_survey_response') }}
