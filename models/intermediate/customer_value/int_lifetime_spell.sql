-- What every month end knew about how long customers stay. A customer older than the data was only
-- seen from its first month on: it had no chance to be seen leaving before, so it counts as being
-- at risk from the tenure it had then (left truncation).
with snapshots as (
    select distinct
        period_start as month_start,
        least(period_end, {{ as_of_date() }}) as snapshot_on
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'month'
),

spells as (
    select
        snapshots.month_start,
        spells.account_id,
        spells.spell_no,
        spells.spell_start,
        spells.confirmed_on,
        coalesce(spells.churn_date <= snapshots.snapshot_on, false) as has_churned,
        least(coalesce(spells.churn_date, snapshots.snapshot_on), snapshots.snapshot_on)
            as observed_on
    from snapshots
    inner join {{ ref('int_customer_spell') }} as spells
        on snapshots.snapshot_on >= spells.spell_start
),

with_tenure as (
    select
        spells.*,
        greatest({{ days_between('spells.spell_start', 'reporting.first_month') }}, 0)
            as entry_days,
        {{ days_between('spells.spell_start', 'spells.observed_on') }} as tenure_days
    from spells
    cross join {{ ref('meta_reporting') }} as reporting
)

select
    with_tenure.month_start,
    with_tenure.account_id,
    with_tenure.spell_no,
    cast({{ days_as_months('with_tenure.entry_days') }} as double) as entry_months,
    cast({{ days_as_months('with_tenure.tenure_days') }} as double) as tenure_months,
    with_tenure.has_churned,
    case when with_tenure.has_churned then with_tenure.confirmed_on end as confirmed_on,
    attributes.segment,
    attributes.region,
    origins.lead_source,
    origins.cohort_year,
    coalesce(origins.is_older_than_data, false) as is_older_than_data
from with_tenure
left join {{ ref('int_customer_attribute_month') }} as attributes
    on
        with_tenure.account_id = attributes.account_id
        and attributes.month_start = {{ month_start('with_tenure.observed_on') }}
left join {{ ref('int_customer_origin') }} as origins
    on with_tenure.account_id = origins.account_id
where with_tenure.tenure_days > with_tenure.entry_days
