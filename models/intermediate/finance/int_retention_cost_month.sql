select
    month_start,
    account_id,
    sum(cost_amount) as cost_amount,
    sum(unconverted_amount) as unconverted_amount
from {{ ref('int_pool_cost_month') }}
where cost_pool = 'retention'
group by month_start, account_id
