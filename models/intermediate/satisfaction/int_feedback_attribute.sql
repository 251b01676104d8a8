-- Whose customer it was, and where, when the feedback came (G12); its weekday and hour are those of
-- the customer (G3).
with feedback as (
    select
        feedback_id,
        source_name,
        account_id,
        country,
        event_at,
        {{ reporting_date('event_at') }} as event_on
    from {{ ref('int_feedback') }}
),

accounts as (
    select
        account_id,
        owner_user_id,
        region,
        segment
    from {{ ref('dim_account') }}
),

as_was as (
    select
        feedback.*,
        bases.region_basis,
        accounts.segment,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region,
        {{ as_was_value('owner_then', 'accounts.owner_user_id') }} as owner_user_id,
        {{ utc_to_local(
            'feedback.event_at', "coalesce(countries.timezone, '" ~ var('reporting_tz') ~ "')"
        ) }} as event_at_customer
    from feedback
    left join accounts
        on feedback.account_id = accounts.account_id
    left join {{ ref('int_region_basis') }} as bases
        on feedback.source_name = bases.source_name
    left join {{ ref('country') }} as countries
        on feedback.country = countries.country
    {{ as_was_join(
        'region_then', 'account', 'feedback.account_id', 'region', 'feedback.event_at'
    ) }}
    {{ as_was_join(
        'owner_then', 'account', 'feedback.account_id', 'owner_user_id', 'feedback.event_at'
    ) }}
),

with_tenure as (
    select
        as_was.*,
        {{ days_as_months(days_between('spells.spell_start', 'as_was.event_on')) }}
            as tenure_months
    from as_was
    left join {{ ref('int_customer_spell') }} as spells
        on
            as_was.account_id = spells.account_id
            and as_was.event_on >= spells.spell_start
            and (spells.churn_date is null or as_was.event_on < spells.churn_date)
)

select
    with_tenure.feedback_id,
    with_tenure.owner_user_id,
    owners.team as owner_team,
    case
        when with_tenure.region_basis = 'account' then with_tenure.account_region
        else owners.region
    end as region,
    with_tenure.segment,
    tenure_bands.band as tenure_band,
    cast({{ iso_weekday('with_tenure.event_at_customer') }} as integer) as weekday,
    cast(extract(hour from with_tenure.event_at_customer) as integer) as hour
from with_tenure
left join {{ ref('dim_user') }} as owners
    on with_tenure.owner_user_id = owners.user_id
{{ band_join('tenure_bands', 'tenure_band', 'with_tenure.tenure_months') }}
