-- The days on which the lines of a deal are classified, and what the account was on that day.
with deals as (
    select
        deals.opportunity_id,
        deals.account_id,
        outcomes.outcome,
        outcomes.outcome_on
    from {{ ref('int_opportunity') }} as deals
    inner join {{ ref('int_opp_outcome') }} as outcomes
        on deals.opportunity_id = outcomes.opportunity_id
),

visits as (
    select
        opportunity_id,
        visit_no,
        stage_type,
        entered_on,
        exited_on,
        lead(stage_type) over (partition by opportunity_id order by visit_no) as next_type
    from {{ ref('int_opp_stage') }}
),

occasions as (
    -- At the close; open deals as they stand.
    select
        opportunity_id,
        account_id,
        'outcome' as occasion,
        1 as occasion_no,
        coalesce(outcome_on, {{ as_of_date() }}) as classified_on,
        outcome = 'won' as is_won,
        cast(null as date) as cancelled_on
    from deals
    where outcome_on is not null or outcome = 'open'
    union all
    select
        deals.opportunity_id,
        deals.account_id,
        'quote' as occasion,
        1 as occasion_no,
        families.first_sent_on as classified_on,
        false as is_won,
        cast(null as date) as cancelled_on
    from deals
    inner join {{ ref('int_quote_family') }} as families
        on deals.opportunity_id = families.opportunity_id
    where families.is_first_of_deal
    union all
    -- A win that was taken back: booked on its day, reversed on the day of the cancellation.
    select
        deals.opportunity_id,
        deals.account_id,
        'cancelled win' as occasion,
        visits.visit_no as occasion_no,
        visits.entered_on as classified_on,
        false as is_won,
        visits.exited_on as cancelled_on
    from deals
    inner join visits
        on deals.opportunity_id = visits.opportunity_id
    where visits.stage_type = 'won' and visits.next_type <> 'won'
),

first_wins as (
    select
        account_id,
        min(outcome_on) as first_win_on
    from deals
    where outcome = 'won'
    group by account_id
),

spells as (
    select * from {{ ref('int_spell_opening') }}
),

-- A spell that only the deal's own contract lines started says nothing about the time before the
-- deal.
occasion_spells as (
    select
        occasions.opportunity_id,
        occasions.occasion,
        occasions.occasion_no,
        occasions.classified_on,
        spells.spell_end,
        case
            when spells.opening_opportunity_id = occasions.opportunity_id
                then spells.start_without_opener
            else spells.spell_start
        end as spell_start
    from occasions
    inner join spells
        on occasions.account_id = spells.account_id
),

customer_status as (
    select
        opportunity_id,
        occasion,
        occasion_no,
        count_if(spell_start < classified_on) > 0 as has_earlier_spell,
        count_if(
            {{ days_between('spell_start', 'classified_on') }} > {{ parameter('grace_days') }}
        ) > 0 as has_spell_before_grace,
        count_if(
            spell_start < classified_on
            and (spell_end is null or spell_end >= {{ date_plus_days('classified_on', -1) }})
        ) > 0 as is_customer_day_before
    from occasion_spells
    group by opportunity_id, occasion, occasion_no
)

select
    occasions.opportunity_id,
    occasions.account_id,
    occasions.occasion,
    cast(occasions.occasion_no as integer) as occasion_no,
    occasions.classified_on,
    occasions.is_won,
    occasions.cancelled_on,
    first_wins.first_win_on,
    coalesce(customer_status.has_earlier_spell, false) as has_earlier_spell,
    coalesce(customer_status.has_spell_before_grace, false) as has_spell_before_grace,
    coalesce(customer_status.is_customer_day_before, false) as is_customer_day_before
from occasions
left join first_wins
    on occasions.account_id = first_wins.account_id
left join customer_status
    on
        occasions.opportunity_id = customer_status.opportunity_id
        and occasions.occasion = customer_status.occasion
        and occasions.occasion_no = customer_status.occasion_no
