with accounts as (
    select
        accounts.*,
        {{ repaired('sector', 'accounts.sector') }} as repaired_sector,
        countries.country
    from {{ source('raw_maven', 'accounts') }} as accounts
    {{ repair_join('sector', 'maven', 'sector', 'accounts.sector') }}
    {{ repair_join('office', 'maven', 'office_location', 'accounts.office_location') }}
    left join {{ ref('country') }} as countries
        on {{ repaired('office', 'accounts.office_location') }} = countries.name_en
)

{{ conform('account', 'maven', 'accounts', {
    'account_id': "'maven:' || account",
    'name': 'account',
    'parent_account_id': "'maven:' || subsidiary_of",
    'industry': 'repaired_sector',
    'country': 'country',
}) }}
