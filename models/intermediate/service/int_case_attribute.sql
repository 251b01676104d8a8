-- Whose case it was, and where, when it was solved for the last time; of an open case at as_of
-- (G12).
with cases as (
    select
        cases.case_id,
        cases.source_name,
        cases.account_id,
        cases.product_id,
        cases.owner_user_id,
        cases.started_at,
        outcomes.solved_at,
        coalesce(
            {{ reporting_date('outcomes.solved_at') }}, {{ as_of_date() }}
        ) as observed_on
    from {{ ref('int_case') }} as cases
    inner join {{ ref('int_case_outcome') }} as outcomes
        on cases.case_id = outcomes.case_id
),

accounts as (
    select
        account_id,
        region,
        country,
        segment,
        industry
    from {{ ref('dim_account') }}
),

as_was as (
    select
        cases.*,
        bases.region_basis,
        accounts.country,
        accounts.segment,
        accounts.industry,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region,
        {{ as_was_value('owner_then', 'cases.owner_user_id') }} as owner_user_id_then,
        {{ is_as_was('owner_then') }} as is_owner_as_was
    from cases
    left join {{ ref('int_region_basis') }} as bases
        on cases.source_name = bases.source_name
    left join accounts
        on cases.account_id = accounts.account_id
    {{ as_was_join(
        'region_then', 'account', 'cases.account_id', 'region', day_end_at('cases.observed_on')
    ) }}
    {{ as_was_join(
        'owner_then', 'case', 'cases.case_id', 'owner_user_id', 'coalesce(cases.solved_at, '
        ~ as_of_timestamp() ~ ')'
    ) }}
),

located as (
    select
        as_was.*,
        -- Days and hours of the customer, not of the agent (G3).
        {{ utc_to_local(
            'as_was.started_at', "coalesce(countries.timezone, '" ~ var('reporting_tz') ~ "')"
        ) }} as started_at_customer
    from as_was
    left join {{ ref('country') }} as countries
        on as_was.country = countries.country
)

select
    located.case_id,
    located.observed_on,
    located.owner_user_id_then as owner_user_id,
    owners.rep,
    owners.team,
    owners.department,
    case when located.region_basis = 'account' then located.account_region else owners.region end
        as region,
    located.country,
    located.segment,
    located.industry,
    products.product_family,
    cast({{ iso_weekday('located.started_at_customer') }} as integer) as weekday,
    cast(extract(hour from located.started_at_customer) as integer) as hour,
    case when located.is_owner_as_was then 'event' else 'current' end as dim_asof
from located
left join {{ ref('dim_user') }} as owners
    on located.owner_user_id_then = owners.user_id
left join {{ ref('dim_product') }} as products
    on located.product_id = products.product_id
