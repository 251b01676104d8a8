-- Contracted MRR of a month end against a plain sum over the contract lines active on that day:
-- catches lines lost or multiplied on the way through spells, currencies and customer months.
with month_ends as (
    select
        month_start,
        least(max(date_day), {{ as_of_date() }}) as month_end
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

from_lines as (
    select
        month_ends.month_start,
        sum({{ reporting_amount('lines.mrr_net_amount', 'lines.currency') }}) as mrr_amount
    from month_ends
    inner join {{ ref('crm_contract_line') }} as lines
        on
            month_ends.month_end >= lines.start_date
            and (lines.end_date is null or month_ends.month_end <= lines.end_date)
    {{ fx_join('fx', 'lines.currency', 'month_ends.month_end') }}
    where lines.account_id is not null
    group by month_ends.month_start
),

from_accounts as (
    select
        month_start,
        sum(contracted_mrr_amount) as mrr_amount
    from {{ ref('int_account_month') }}
    group by month_start
)

select
    from_lines.month_start,
    from_lines.mrr_amount as line_mrr_amount,
    from_accounts.mrr_amount as account_mrr_amount
from from_lines
full outer join from_accounts
    on from_lines.month_start = from_accounts.month_start
where abs(coalesce(from_lines.mrr_amount, 0) - coalesce(from_accounts.mrr_amount, 0)) > 0.01
