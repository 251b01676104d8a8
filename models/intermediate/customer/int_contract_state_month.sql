-- The contracts a customer entered the month with, as they were known then: an end that was only
-- written by a later notice would put exactly those who left into the renewal window.
with customer_months as (
    select
        account_id,
        month_start,
        coalesce(opening_spell_no, spell_no) as spell_no,
        case
            when is_active_at_start then {{ date_plus_days('month_start', -1) }}
            else spell_start
        end as state_on
    from {{ ref('int_customer_month') }}
),

contract_lines as (
    select
        spells.contract_line_id,
        spells.account_id,
        spells.spell_no,
        spells.start_date,
        spells.end_date,
        lines.notice_at,
        terms.is_end_tracked,
        terms.term_months
    from {{ ref('int_contract_line_spell') }} as spells
    inner join {{ ref('crm_contract_line') }} as lines
        on spells.contract_line_id = lines.contract_line_id
    inner join {{ ref('int_contract_line_term') }} as terms
        on spells.contract_line_id = terms.contract_line_id
),

-- In a gap up to grace the lines that were active last go on.
started_lines as (
    select
        customer_months.account_id,
        customer_months.month_start,
        customer_months.state_on,
        contract_lines.contract_line_id,
        contract_lines.end_date,
        contract_lines.notice_at,
        contract_lines.is_end_tracked,
        contract_lines.term_months,
        coalesce(least(contract_lines.end_date, customer_months.state_on), customer_months.state_on)
            as served_until
    from customer_months
    inner join contract_lines
        on
            customer_months.account_id = contract_lines.account_id
            and customer_months.spell_no = contract_lines.spell_no
            and customer_months.state_on >= contract_lines.start_date
),

last_lines as (
    select *
    from started_lines
    qualify served_until = max(served_until) over (partition by account_id, month_start)
),

active_lines as (
    select
        last_lines.account_id,
        last_lines.month_start,
        last_lines.state_on,
        last_lines.term_months,
        case
            when {{ is_as_was('end_then') }} then try_cast(end_then.value as date)
            when last_lines.is_end_tracked then last_lines.end_date
            when last_lines.notice_at > last_lines.state_on and last_lines.term_months is null
                then null
            else last_lines.end_date
        end as known_end_date
    from last_lines
    {{ as_was_join(
        'end_then', 'contract_line', 'last_lines.contract_line_id', 'end_date',
        day_end_at('last_lines.state_on')
    ) }}
),

states as (
    select
        account_id,
        month_start,
        max(state_on) as state_on,
        cast(count(*) as integer) as line_count,
        max(term_months) as term_months,
        -- The relation can only end with its last line; one without an end keeps it open.
        case when count(*) = count(known_end_date) then max(known_end_date) end as contract_end_date
    from active_lines
    group by account_id, month_start
)

select
    states.account_id,
    states.month_start,
    states.state_on,
    states.line_count,
    states.term_months,
    coalesce(bands.band, 'open-ended') as contract_term,
    states.contract_end_date,
    -- An end that has passed is a renewal that is late.
    coalesce(
        {{ days_between('states.state_on', 'states.contract_end_date') }}
        <= {{ parameter('contract_end_days') }},
        false
    ) as is_in_renewal_window
from states
{{ band_join('bands', 'contract_term', 'states.term_months') }}
