-- new, other, loyal: the one split between prospects, customers and loyal customers. What happens
-- on a day counts from the next day on, so that the first purchase itself is one of a new customer.
with win_days as (
    select distinct
        deals.account_id,
        outcomes.outcome_on as event_on
    from {{ ref('int_opp_outcome') }} as outcomes
    inner join {{ ref('int_opportunity') }} as deals
        on outcomes.opportunity_id = deals.opportunity_id
    where
        outcomes.outcome = 'won'
        and outcomes.outcome_on is not null
        and deals.account_id is not null
),

spells as (
    select
        account_id,
        spell_start,
        spell_end,
        {{ date_plus_months('spell_start', parameter('loyal_months')) }} as loyal_on
    from {{ ref('int_customer_spell') }}
),

change_days as (
    select
        account_id,
        {{ date_plus_days('event_on', 1) }} as valid_from
    from win_days
    union
    select
        account_id,
        {{ date_plus_days('spell_start', 1) }} as valid_from
    from spells
    union
    select
        account_id,
        loyal_on as valid_from
    from spells
    where spell_end is null or loyal_on <= {{ date_plus_days('spell_end', 1) }}
    union
    select
        account_id,
        {{ date_plus_days('spell_end', 2) }} as valid_from
    from spells
    where spell_end is not null
),

wins_before as (
    select
        change_days.account_id,
        change_days.valid_from,
        count(win_days.event_on) as win_count
    from change_days
    left join win_days
        on
            change_days.account_id = win_days.account_id
            and change_days.valid_from > win_days.event_on
    group by change_days.account_id, change_days.valid_from
),

-- Stock is that of the day before.
spells_before as (
    select
        change_days.account_id,
        change_days.valid_from,
        count(spells.spell_start) as spell_count,
        count_if(
            spells.loyal_on <= change_days.valid_from
            and (
                spells.spell_end is null
                or spells.spell_end >= {{ date_plus_days('change_days.valid_from', -1) }}
            )
        ) > 0 as is_long_active
    from change_days
    left join spells
        on
            change_days.account_id = spells.account_id
            and change_days.valid_from > spells.spell_start
    group by change_days.account_id, change_days.valid_from
)

-- A win and the spell it starts are one purchase, so the larger of the two counts.
select
    wins_before.account_id,
    wins_before.valid_from,
    coalesce(
        lead(wins_before.valid_from) over (
            partition by wins_before.account_id order by wins_before.valid_from
        ),
        cast({{ last_instant() }} as date)
    ) as valid_to,
    cast(greatest(wins_before.win_count, spells_before.spell_count) as integer) as purchase_count,
    case
        when
            spells_before.is_long_active
            or greatest(wins_before.win_count, spells_before.spell_count)
            >= {{ parameter('loyal_purchases') }}
            then 'loyal'
        else 'other'
    end as customer_type
from wins_before
inner join spells_before
    on
        wins_before.account_id = spells_before.account_id
        and wins_before.valid_from = spells_before.valid_from
