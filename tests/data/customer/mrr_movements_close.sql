-- opening + new + expansion + reactivation − contraction − churn = closing per account and month,
-- and no movement is negative. Catches a branch of the movements that cannot be reached.
select
    account_id,
    month_start,
    opening_mrr_amount,
    new_mrr_amount,
    expansion_mrr_amount,
    contraction_mrr_amount,
    churn_mrr_amount,
    reactivation_mrr_amount,
    closing_mrr_amount
from {{ ref('int_mrr_month') }}
where
    not coalesce(abs(
        opening_mrr_amount + new_mrr_amount + expansion_mrr_amount + reactivation_mrr_amount
        - contraction_mrr_amount - churn_mrr_amount - closing_mrr_amount
    ) <= 0.005, false)
    or expansion_mrr_amount < 0
    or contraction_mrr_amount < 0
