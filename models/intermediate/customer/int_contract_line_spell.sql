-- Gaps and islands: a line starts a new spell when it starts more than grace_days after everything
-- before it has ended. A merged or upgraded line is treated alike: its successor within grace
-- bridges.
with contract_lines as (
    select
        contract_line_id,
        account_id,
        opportunity_id,
        product_id,
        start_date,
        end_date,
        cancel_type,
        cancel_reason,
        switched_to_competitor
    from {{ ref('crm_contract_line') }}
    where
        account_id is not null
        and start_date <= {{ as_of_date() }}
        -- Cancelled before the first day of service: there never was a customer.
        and (end_date is null or end_date >= start_date)
),

with_earlier_end as (
    select
        *,
        -- An open line never ends, so nothing after it starts a new spell.
        max(case when end_date is null then 1 else 0 end) over earlier_lines as n_open_before,
        max(end_date) over earlier_lines as latest_earlier_end
    from contract_lines
    window earlier_lines as (
        partition by account_id
        order by start_date, end_date nulls last, contract_line_id
        rows between unbounded preceding and 1 preceding
    )
),

with_start_flag as (
    select
        *,
        case
            when n_open_before is null then 1
            when n_open_before = 1 then 0
            when
                {{ days_between('latest_earlier_end', 'start_date') }}
                > 1 + {{ parameter('grace_days') }}
                then 1
            else 0
        end as starts_spell,
        case
            when n_open_before = 0 and {{ days_between('latest_earlier_end', 'start_date') }} > 1
                then {{ date_plus_days('latest_earlier_end', 1) }}
        end as gap_from
    from with_earlier_end
)

select
    contract_line_id,
    account_id,
    cast(sum(starts_spell) over (
        partition by account_id
        order by start_date, end_date nulls last, contract_line_id
        rows between unbounded preceding and current row
    ) as integer) as spell_no,
    opportunity_id,
    product_id,
    start_date,
    end_date,
    case when starts_spell = 0 then gap_from end as gap_from,
    cancel_type,
    cancel_reason,
    switched_to_competitor
from with_start_flag
