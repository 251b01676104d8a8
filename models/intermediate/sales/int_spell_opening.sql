-- Which deal's contract started a spell, and when it would have started without that deal.
with contract_lines as (
    select
        contract_line_id,
        account_id,
        spell_no,
        opportunity_id,
        start_date
    from {{ ref('int_contract_line_spell') }}
),

openers as (
    select
        account_id,
        spell_no,
        opportunity_id as opening_opportunity_id
    from contract_lines
    qualify row_number() over (
            partition by account_id, spell_no order by start_date, contract_line_id
        ) = 1
),

other_starts as (
    select
        contract_lines.account_id,
        contract_lines.spell_no,
        min(contract_lines.start_date) as start_without_opener
    from contract_lines
    inner join openers
        on
            contract_lines.account_id = openers.account_id
            and contract_lines.spell_no = openers.spell_no
    where contract_lines.opportunity_id is distinct from openers.opening_opportunity_id
    group by contract_lines.account_id, contract_lines.spell_no
)

select
    spells.account_id,
    spells.spell_no,
    spells.spell_start,
    spells.spell_end,
    openers.opening_opportunity_id,
    other_starts.start_without_opener
from {{ ref('int_customer_spell') }} as spells
left join openers
    on
        spells.account_id = openers.account_id
        and spells.spell_no = openers.spell_no
left join other_starts
    on
        spells.account_id = other_starts.account_id
        and spells.spell_no = other_starts.spell_no
