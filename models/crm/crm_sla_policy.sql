{{ crm_table('sla_policy') }}
