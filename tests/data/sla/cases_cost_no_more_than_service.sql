-- Working time that is counted for two cases, or a pool that is shared out twice, would make the
-- cases of a month dearer than the whole service of that month.
with cases as (
    select
        month_start,
        sum(cost_amount) as cost_amount
    from {{ ref('int_case_service_cost') }}
    group by month_start
),

service as (
    select
        month_start,
        sum(cost_amount) as cost_amount
    from {{ ref('int_service_cost_month') }}
    group by month_start
)

select
    cases.month_start,
    cases.cost_amount as case_cost_amount,
    service.cost_amount as service_cost_amount
from cases
left join service
    on cases.month_start = service.month_start
where cases.cost_amount > coalesce(service.cost_amount, 0.0) + 0.005
