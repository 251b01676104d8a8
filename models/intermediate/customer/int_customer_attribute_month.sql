-- Whose customer it was and where, on the last day of the month, or on the day it was lost (G12).
with customer_months as (
    select
        account_id,
        month_start,
        spell_start,
        opening_spell_start,
        case
            when is_active_at_end then month_end
            else coalesce(churn_date, month_end)
        end as observed_on
    from {{ ref('int_customer_month') }}
),

accounts as (
    select
        account_id,
        owner_user_id,
        region,
        country,
        industry,
        segment,
        is_strategic
    from {{ ref('crm_account') }}
    where master_account_id is null
),

region_source as (
    select count(region) > 0 as has_account_region
    from accounts
),

with_history as (
    select
        customer_months.account_id,
        customer_months.month_start,
        customer_months.observed_on,
        {{ days_as_months(days_between(
            'customer_months.spell_start', 'customer_months.observed_on'
        )) }}
            as tenure_months,
        {{ days_as_months(days_between(
            'customer_months.opening_spell_start', date_plus_days('customer_months.month_start', -1)
        )) }} as opening_tenure_months,
        accounts.country,
        accounts.industry,
        accounts.segment,
        accounts.is_strategic,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region,
        {{ as_was_value('owner_then', 'accounts.owner_user_id') }} as owner_user_id,
        {{ is_as_was('owner_then') }} as is_owner_as_was
    from customer_months
    left join accounts
        on customer_months.account_id = accounts.account_id
    {{ as_was_join(
        'region_then', 'account', 'customer_months.account_id', 'region',
        day_end_at('customer_months.observed_on')
    ) }}
    {{ as_was_join(
        'owner_then', 'account', 'customer_months.account_id', 'owner_user_id',
        day_end_at('customer_months.observed_on')
    ) }}
)

select
    with_history.account_id,
    with_history.month_start,
    with_history.observed_on,
    case
        when region_source.has_account_region then with_history.account_region
        else owners.region
    end as region,
    with_history.country,
    with_history.industry,
    with_history.segment,
    with_history.is_strategic,
    with_history.owner_user_id,
    with_history.is_owner_as_was,
    owners.rep,
    owners.team,
    owners.department,
    cast(with_history.tenure_months as double) as tenure_months,
    tenure_bands.band as tenure_band,
    opening_tenure_bands.band as opening_tenure_band
from with_history
cross join region_source
left join {{ ref('dim_user') }} as owners
    on with_history.owner_user_id = owners.user_id
{{ band_join('tenure_bands', 'tenure_band', 'with_history.tenure_months') }}
{{ band_join('opening_tenure_bands', 'tenure_band', 'with_history.opening_tenure_months') }}
