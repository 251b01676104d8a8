-- What the spells lost is what the MRR movements call churn: the reasons weigh the same amounts.
with by_spell as (
    select
        {{ month_start('churn_date') }} as month_start,
        sum(lost_mrr_amount) as lost_mrr_amount
    from {{ ref('fct_customer_spell') }}
    where has_churned
    group by {{ month_start('churn_date') }}
),

by_movement as (
    select
        month_start,
        sum(churn_mrr_amount) as churn_mrr_amount
    from {{ ref('int_mrr_month') }}
    group by month_start
)

select
    coalesce(by_spell.month_start, by_movement.month_start) as month_start,
    by_spell.lost_mrr_amount,
    by_movement.churn_mrr_amount
from by_spell
full outer join by_movement
    on by_spell.month_start = by_movement.month_start
where abs(coalesce(by_spell.lost_mrr_amount, 0) - coalesce(by_movement.churn_mrr_amount, 0)) > 0.005
