{{ crm_table('campaign_member') }}
