-- How long a contract line was agreed for. A cancellation writes an end date too, so an end only
-- counts as agreed where the history shows it was there from the start, or nothing says it came by
-- notice.
with contract_lines as (
    select
        spells.contract_line_id,
        spells.account_id,
        spells.opportunity_id,
        spells.product_id,
        spells.start_date,
        spells.end_date,
        lines.notice_at,
        lines.cancel_type,
        tracked.source_name is not null as is_end_tracked
    from {{ ref('int_contract_line_spell') }} as spells
    inner join {{ ref('crm_contract_line') }} as lines
        on spells.contract_line_id = lines.contract_line_id
    left join {{ ref('int_tracked_field') }} as tracked
        on
            lines.source_name = tracked.source_name
            and tracked.object_type = 'contract_line'
            and tracked.field_name = 'end_date'
),

first_ends as (
    select
        record_id as contract_line_id,
        try_cast(value as date) as end_date
    from {{ ref('int_field_value') }}
    where object_type = 'contract_line' and field_name = 'end_date' and change_no = 0
),

deal_terms as (
    select
        opportunity_id,
        product_id,
        max(term_months) as term_months
    from {{ ref('crm_opportunity_line_item') }}
    where term_months > 0
    group by opportunity_id, product_id
),

agreed as (
    select
        contract_lines.contract_line_id,
        contract_lines.account_id,
        contract_lines.start_date,
        contract_lines.is_end_tracked,
        deal_terms.term_months,
        case
            when first_ends.contract_line_id is not null then first_ends.end_date
            when contract_lines.is_end_tracked then contract_lines.end_date
            when
                contract_lines.notice_at is null
                and coalesce(contract_lines.cancel_type, 'none') in ('none', 'merged', 'upgrade')
                then contract_lines.end_date
        end as agreed_end_date
    from contract_lines
    left join first_ends
        on contract_lines.contract_line_id = first_ends.contract_line_id
    left join deal_terms
        on
            contract_lines.opportunity_id = deal_terms.opportunity_id
            and contract_lines.product_id = deal_terms.product_id
)

select
    contract_line_id,
    account_id,
    start_date,
    agreed_end_date,
    is_end_tracked,
    coalesce(
        cast(term_months as double),
        round(({{ days_between('start_date', 'agreed_end_date') }} + 1) / 30.4375)
    ) as term_months
from agreed
