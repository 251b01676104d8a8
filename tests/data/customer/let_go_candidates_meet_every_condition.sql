-- The flag against the conditions on the fact people drill into: nobody is called unprofitable
-- whose margin, value or offers are unknown (a NULL that slips through an AND).
select
    account_id,
    month_start,
    cm2_r12_amount,
    predictive_clv_amount,
    tenure_months,
    last_refusal_on
from {{ ref('fct_customer_month') }}
where
    is_let_go_candidate
    and not coalesce(
        is_active_at_end
        and cm2_r12_amount < 0
        and predictive_clv_amount < 0
        and tenure_months >= 12
        and last_refusal_on <= month_end
        and let_go_stage = 'let_go', false
    )
