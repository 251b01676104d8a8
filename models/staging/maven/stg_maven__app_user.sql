{{ conform('app_user', 'maven', source('raw_maven', 'sales_teams'), {
    'user_id': "'maven:' || sales_agent",
    'full_name': 'sales_agent',
    'team': 'manager',
    'region': 'regional_office',
    'user_type': "'human'",
}) }}
