with month_ends as (
    select * from {{ ref('int_case_sla_month') }}
),

promises as (
    select * from {{ ref('int_sla_target') }}
),

instances as (
    select * from {{ ref('fct_case_sla') }}
)

select
    month_ends.case_id,
    month_ends.sla_metric,
    month_ends.month_start,
    instances.account_id,
    instances.owner_user_id,
    instances.rep,
    instances.team,
    instances.department,
    instances.region,
    instances.country,
    instances.segment,
    instances.product_family,
    instances.channel,
    instances.case_type,
    promises.priority,
    promises.sla_policy_id as policy,
    promises.target_minutes,
    month_ends.elapsed_minutes,
    month_ends.elapsed_minutes / nullif(cast(promises.target_minutes as double), 0) as time_ratio,
    month_ends.is_broken,
    month_ends.is_at_risk,
    instances.source_name
from month_ends
inner join promises
    on month_ends.sla_target_id = promises.sla_target_id
inner join instances
    on
        month_ends.case_id = instances.case_id
        and month_ends.sla_metric = instances.sla_metric
