{{ crm_table('pipeline_stage') }}
