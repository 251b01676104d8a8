-- One basis for the whole warehouse: mixing contract ends with silence would make churn
-- incomparable.
with basis as (
    select
        case
            when (select count(*) from {{ ref('crm_contract_line') }}) > 0 then 'contract_line'
            when (select count(*) from {{ ref('crm_invoice') }}) > 0 then 'invoice'
            else 'opportunity'
        end as spell_basis
),

line_spells as (
    select
        account_id,
        spell_no,
        min(start_date) as spell_start,
        case when count(*) = count(end_date) then max(end_date) end as spell_end
    from {{ ref('int_contract_line_spell') }}
    group by account_id, spell_no
),

-- Several lines can end on the last day; the one that says why tells more than one that was
-- replaced.
last_ending_lines as (
    select
        account_id,
        spell_no,
        cancel_type,
        cancel_reason,
        switched_to_competitor
    from {{ ref('int_contract_line_spell') }}
    where end_date is not null
    qualify row_number() over (
            partition by account_id, spell_no
            order by
                end_date desc,
                case when cancel_type in ('merged', 'upgrade') then 1 else 0 end asc,
                case when cancel_reason is null then 1 else 0 end asc,
                contract_line_id asc
        ) = 1
),

contract_spells as (
    select
        line_spells.account_id,
        line_spells.spell_no,
        line_spells.spell_start,
        line_spells.spell_end,
        {{ date_plus_days('line_spells.spell_end', 1) }} as churn_date,
        {{ parameter('grace_days') }} as confirmed_after_days,
        case
            when line_spells.spell_end is not null then last_ending_lines.cancel_type
        end as cancel_type,
        case
            when line_spells.spell_end is not null then last_ending_lines.cancel_reason
        end as cancel_reason,
        case
            when line_spells.spell_end is not null then last_ending_lines.switched_to_competitor
        end as switched_to_competitor,
        'contract_line' as spell_basis
    from line_spells
    left join last_ending_lines
        on
            line_spells.account_id = last_ending_lines.account_id
            and line_spells.spell_no = last_ending_lines.spell_no
),

-- Silence of inactivity_days is the waiting time itself, so the churn it dates is confirmed at
-- once.
purchase_spells as (
    select
        account_id,
        spell_no,
        spell_start,
        {{ date_plus_days('churn_date', -1) }} as spell_end,
        churn_date,
        0.0 as confirmed_after_days,
        cast(null as varchar) as cancel_type,
        cast(null as varchar) as cancel_reason,
        cast(null as varchar) as switched_to_competitor,
        purchase_basis as spell_basis
    from {{ ref('int_purchase_spell') }}
),

spells as (
    select * from contract_spells
    union all
    select * from purchase_spells
)

select
    spells.account_id,
    spells.spell_no,
    spells.spell_start,
    spells.spell_end,
    spells.churn_date,
    {{ date_plus_days('spells.churn_date', 'spells.confirmed_after_days') }} as confirmed_on,
    coalesce(spells.churn_date <= {{ as_of_date() }}, false) as has_churned,
    coalesce(
        {{ days_between('spells.churn_date', as_of_date()) }} >= spells.confirmed_after_days, false
    ) as is_confirmed_churn,
    spells.cancel_type,
    spells.cancel_reason,
    spells.switched_to_competitor,
    spells.spell_basis
from spells
inner join basis
    on spells.spell_basis = basis.spell_basis
