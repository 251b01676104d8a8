with instances as (
    select * from {{ ref('int_case_sla') }}
),

cases as (
    select * from {{ ref('fct_case') }}
)

select
    instances.case_id,
    instances.sla_metric,
    instances.account_id,
    cases.contact_id,
    cases.product_id,
    cases.owner_user_id,
    cases.rep,
    cases.team,
    cases.department,
    cases.region,
    cases.country,
    cases.segment,
    cases.industry,
    cases.product_family,
    cases.dim_asof,
    cases.channel,
    coalesce({{ as_was_value('type_then', 'cases.case_type') }}, cases.case_type) as case_type,
    -- The cause is found after the breach; what was entered later is better than nothing.
    coalesce({{ as_was_value('cause_then', 'cases.root_cause') }}, cases.root_cause) as root_cause,
    instances.priority,
    instances.sla_policy_id as policy,
    instances.is_premium,
    instances.clock,
    instances.business_hours_id,
    instances.target_minutes,
    instances.started_at,
    cases.started_on,
    instances.fulfilled_at,
    {{ reporting_date('instances.fulfilled_at') }} as fulfilled_on,
    instances.decided_at,
    {{ reporting_date('instances.decided_at') }} as decided_on,
    instances.elapsed_minutes,
    instances.time_ratio,
    -- Upper bounds belong to the band: a ratio of exactly 1 is met.
    case
        when instances.decided_at is null then null
        when instances.time_ratio <= 0.5 then '≤ 0.5'
        when instances.time_ratio <= 1 then '0.5–1'
        when instances.time_ratio <= 2 then '1–2'
        else '> 2'
    end as ratio_band,
    case when not instances.is_met then instances.elapsed_minutes - instances.target_minutes end
        as overrun_minutes,
    instances.is_met,
    instances.is_open,
    instances.is_at_risk,
    instances.is_open_breach,
    instances.no_answer_reason,
    instances.source_name
from instances
inner join cases
    on instances.case_id = cases.case_id
{{ as_was_join('type_then', 'case', 'instances.case_id', 'case_type', 'instances.decided_at') }}
{{ as_was_join('cause_then', 'case', 'instances.case_id', 'root_cause', 'instances.decided_at') }}
