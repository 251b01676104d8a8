-- Monthly recurring revenue of an account at each month end, per currency and not yet converted:
-- the movements value both ends at one rate.
select
    account_id,
    month_start,
    max(month_end) as month_end,
    currency,
    coalesce(sum(mrr_amount), 0.0) as mrr_amount,
    coalesce(sum(case when not is_carried then mrr_amount end), 0.0) as contracted_mrr_amount,
    cast(count_if(mrr_amount is null) as integer) as unpriced_line_count
from {{ ref('int_contract_line_month') }}
group by account_id, month_start, currency
