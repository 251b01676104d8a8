-- The contract lines of an account at each month end. In a gap up to grace the last lines inside
-- the spell are carried, because the customer is not lost (settled reading 1).
with months as (
    select
        month_start,
        least(max(date_day), {{ as_of_date() }}) as month_end
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

contract_lines as (
    select
        spells.contract_line_id,
        spells.account_id,
        spells.spell_no,
        spells.start_date,
        spells.end_date,
        spells.gap_from,
        lines.product_id,
        lines.currency,
        cast(lines.mrr_net_amount as double) as mrr_amount
    from {{ ref('int_contract_line_spell') }} as spells
    inner join {{ ref('crm_contract_line') }} as lines
        on spells.contract_line_id = lines.contract_line_id
),

active_lines as (
    select
        contract_lines.contract_line_id,
        contract_lines.account_id,
        contract_lines.product_id,
        months.month_start,
        months.month_end,
        contract_lines.currency,
        contract_lines.mrr_amount,
        false as is_carried
    from contract_lines
    inner join months
        on
            contract_lines.start_date <= months.month_end
            and (contract_lines.end_date is null or contract_lines.end_date >= months.month_end)
),

-- A line that starts after a gap names the gap; the lines that were active on the day before it go
-- on.
gaps as (
    select
        account_id,
        {{ date_plus_days('gap_from', -1) }} as last_service_on,
        gap_from,
        min(start_date) as resumed_on
    from contract_lines
    where gap_from is not null
    group by account_id, gap_from
),

carried_lines as (
    select
        contract_lines.contract_line_id,
        gaps.account_id,
        contract_lines.product_id,
        months.month_start,
        months.month_end,
        contract_lines.currency,
        contract_lines.mrr_amount,
        true as is_carried
    from gaps
    inner join months
        on
            gaps.gap_from <= months.month_end
            and gaps.resumed_on > months.month_end
    inner join contract_lines
        on
            gaps.account_id = contract_lines.account_id
            and gaps.last_service_on = contract_lines.end_date
)

select * from active_lines
union all
select * from carried_lines
