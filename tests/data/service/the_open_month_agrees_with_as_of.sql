-- The month-end trend and the live queue are counted in two ways; on as_of, the last day of both,
-- they must show the same instances in the same state.
with now as (
    select
        case_id,
        sla_metric,
        is_at_risk,
        is_open_breach,
        elapsed_minutes
    from {{ ref('fct_case_sla') }}
    where is_open and no_answer_reason is null
),

last_month_end as (
    select *
    from {{ ref('fct_case_sla_month') }}
    where month_start = {{ month_start(as_of_date()) }}
)

select
    coalesce(now.case_id, last_month_end.case_id) as case_id,
    coalesce(now.sla_metric, last_month_end.sla_metric) as sla_metric
from now
full outer join last_month_end
    on
        now.case_id = last_month_end.case_id
        and now.sla_metric = last_month_end.sla_metric
where
    now.is_at_risk is distinct from last_month_end.is_at_risk
    or now.is_open_breach is distinct from last_month_end.is_broken
    or abs(now.elapsed_minutes - last_month_end.elapsed_minutes) > 0.001
