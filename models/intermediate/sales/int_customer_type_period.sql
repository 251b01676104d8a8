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
        spells.account_id,
        spells.spell_start,
        spells.spell_end,
        won_deals.opportunity_id is null as is_purchase,
        -- Tenure in months is days ÷ 30.4375.
        {{ date_plus_days(
            'spells.spell_start', 'ceil(30.4375 * ' ~ parameter('loyal_months') ~ ')'
        ) }} as loyal_on
    from {{ ref('int_customer_spell') }} as spells
    left join {{ ref('int_spell_deal') }} as deals
        on
            spells.account_id = deals.account_id
            and spells.spell_no = deals.spell_no
    left join {{ ref('int_opp_outcome') }} as won_deals
        on
            deals.opportunity_id = won_deals.opportunity_id
            and won_deals.outcome = 'won'
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
        count(case when spells.is_purchase then 1 end) as spell_count,
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

-- A win and the spell it starts are one purchase; a spell that no win started, e.g. one older than
-- the deals, is another one.
select
    wins_before.account_id,
    wins_before.valid_from,
    coalesce(
        lead(wins_before.valid_from) over (
            partition by wins_before.account_id order by wins_before.valid_from
        ),
        cast({{ last_instant() }} as date)
    ) as valid_to,
    cast(wins_before.win_count + spells_before.spell_count as integer) as purchase_count,
    case
        when
            spells_before.is_long_active
            or wins_before.win_count + spells_before.spell_count
            >= {{ parameter('loyal_purchases') }}
            then 'loyal'
        else 'other'
    end as customer_type
from wins_before
inner join spells_before
    on
        wins_before.account_id = spells_before.account_id
        and wins_before.valid_from = spells_before.valid_from
