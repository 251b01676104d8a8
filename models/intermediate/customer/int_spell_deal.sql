-- The deal a spell began with: that of its first contract lines, else the last deal won since the
-- customer left before and no more than grace_days after it started again.
with spells as (
    select
        account_id,
        spell_no,
        spell_start,
        lag(churn_date) over (partition by account_id order by spell_no) as previous_churn_date
    from {{ ref('int_customer_spell') }}
),

wins as (
    select
        deals.account_id,
        deals.opportunity_id,
        outcomes.outcome_on
    from {{ ref('int_opp_outcome') }} as outcomes
    inner join {{ ref('int_opportunity') }} as deals
        on outcomes.opportunity_id = deals.opportunity_id
    where outcomes.outcome = 'won'
),

first_line_deals as (
    select
        spells.account_id,
        spells.spell_no,
        lines.opportunity_id,
        1 as rank_no,
        lines.start_date as dated_on
    from spells
    inner join {{ ref('int_contract_line_spell') }} as lines
        on
            spells.account_id = lines.account_id
            and spells.spell_no = lines.spell_no
            and spells.spell_start = lines.start_date
    where lines.opportunity_id is not null
),

won_before as (
    select
        spells.account_id,
        spells.spell_no,
        wins.opportunity_id,
        2 as rank_no,
        wins.outcome_on as dated_on
    from spells
    inner join wins
        on
            spells.account_id = wins.account_id
            and wins.outcome_on
            <= {{ date_plus_days('spells.spell_start', parameter('grace_days')) }}
            and (
                spells.previous_churn_date is null
                or spells.previous_churn_date <= wins.outcome_on
            )
),

candidates as (
    select * from first_line_deals
    union all
    select * from won_before
),

chosen as (
    select
        account_id,
        spell_no,
        opportunity_id
    from candidates
    qualify row_number() over (
            partition by account_id, spell_no
            order by rank_no asc, dated_on desc, opportunity_id asc
        ) = 1
)

select
    chosen.account_id,
    chosen.spell_no,
    chosen.opportunity_id,
    deals.campaign_id,
    deals.lead_source
from chosen
inner join {{ ref('int_opportunity') }} as deals
    on chosen.opportunity_id = deals.opportunity_id
