with accounts as (
    select
        accounts.*,
        {{ repaired('country', 'accounts.country') }} as repaired_country
    from {{ source('raw_ravenstack', 'ravenstack_accounts') }} as accounts
    {{ repair_join('country', 'ravenstack', 'country', 'accounts.country') }}
)

{{ conform('account', 'ravenstack', 'accounts', {
    'account_id': 'account_id',
    'name': 'account_name',
    'country': 'repaired_country',
    'industry': 'industry',
    'lead_source': 'referral_source',
    'created_at': 'signup_date',
}) }}
