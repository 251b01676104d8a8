-- The contracts a customer entered the month with, as they were known then: an end that was only written
-- by a later notice would put exactly those who left into the renewal window.
with customer_months as (
    select
        account_id,
        month_start,
        case when is_active_at_start then {{ date_plus_days('month_start', -1) }} else spell_start end as state_on
    from {{ ref('int_customer_month') }}
),

contract_lines as (
    select
        spells.contract_line_id,
        spells.account_id,
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

active_lines as (
    select
        customer_months.account_id,
        customer_months.month_start,
        customer_months.state_on,
        contract_lines.term_months,
        case
            when {{ is_as_was('end_then') }} then try_cast(end_then.value as date)
            when contract_lines.is_end_tracked then contract_lines.end_date
            when contract_lines.notice_at > customer_months.state_on and contract_lines.term_months is null
                then null
            else contract_lines.end_date
        end as known_end_date
    from customer_months
    inner join contract_lines
        on
            customer_months.account_id = contract_lines.account_id
            and customer_months.state_on >= contract_lines.start_date
            and (contract_lines.end_date is null or customer_months.state_on <= contract_lines.end_date)
    {{ as_was_join(
        'end_then', 'contract_line', 'contract_lines.contract_line_id', 'end_date',
        day_end_at('customer_months.state_on')
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
    coalesce(
        {{ days_between('states.state_on', 'states.contract_end_date') }}
        between 0 and {{ parameter('contract_end_days') }}, false
    ) as is_in_renewal_window
from states
{{ band_join('bands', 'contract_term', 'states.term_months') }}
