-- When a customer was won: its first won deal, unless it was a customer more than grace_days before
-- that (older than the opportunity data) or never had a deal; then the start of its first spell.
with first_spells as (
    select
        account_id,
        spell_start
    from {{ ref('int_customer_spell') }}
    where spell_no = 1
),

first_wins as (
    select
        deals.account_id,
        min(outcomes.outcome_on) as first_win_on,
        min_by(deals.opportunity_id, outcomes.outcome_at) as opportunity_id
    from {{ ref('int_opp_outcome') }} as outcomes
    inner join {{ ref('int_opportunity') }} as deals
        on outcomes.opportunity_id = deals.opportunity_id
    where
        outcomes.outcome = 'won'
        and deals.account_id is not null
        and outcomes.outcome_on is not null
    group by deals.account_id
),

compared as (
    select
        coalesce(first_wins.account_id, first_spells.account_id) as account_id,
        first_wins.first_win_on,
        first_wins.opportunity_id,
        first_spells.spell_start,
        coalesce(
            first_wins.account_id is null
            or {{ days_between('first_spells.spell_start', 'first_wins.first_win_on') }}
            > {{ parameter('grace_days') }},
            false
        ) as is_older_than_deals
    from first_wins
    full outer join first_spells
        on first_wins.account_id = first_spells.account_id
)

select
    account_id,
    case when is_older_than_deals then spell_start else first_win_on end as acquired_on,
    case when is_older_than_deals then 'spell' else 'first_sale' end as acquisition_basis,
    case when not is_older_than_deals then opportunity_id end as first_sale_opportunity_id
from compared
