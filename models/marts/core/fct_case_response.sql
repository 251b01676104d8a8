with cases as (
    select * from {{ ref('fct_case') }}
    where not is_excluded
),

waits as (
    select * from {{ ref('int_case_wait') }}
),

solutions as (
    select * from {{ ref('int_case_solution') }}
),

routings as (
    select * from {{ ref('int_case_routing') }}
),

contexts as (
    select * from {{ ref('int_case_context') }}
)

select
    cases.case_id,
    cases.account_id,
    cases.rep,
    cases.team,
    cases.department,
    cases.region,
    cases.channel,
    cases.case_type,
    cases.priority,
    cases.product_family,
    cases.weekday,
    cases.hour,
    cases.is_post_sales,
    cases.started_on,
    waits.is_answered,
    cases.first_reply_on,
    waits.first_response_wait_minutes,
    waits.first_response_wait_business_minutes,
    cases.answer_decided_on,
    cases.is_answered_within_24h,
    cases.is_solved,
    cases.solved_on,
    cases.resolution_hours,
    cases.resolution_net_hours,
    waits.resolution_wait_days,
    cases.resolution_decided_on,
    cases.is_resolved_within_24h,
    cases.is_resolved_within_24h_net,
    contexts.has_account,
    contexts.has_contact,
    contexts.has_product_or_contract,
    contexts.has_history,
    contexts.has_context,
    routings.handover_count,
    routings.is_misrouted,
    solutions.reply_count,
    solutions.agent_count,
    coalesce(cases.is_fcr_eligible and coalesce(cases.channel, '') <> 'onsite', false)
        as is_first_contact_eligible,
    solutions.is_solved_at_first_contact,
    solutions.first_contact_known_on,
    {{ reporting_date('solutions.first_solved_at') }} as first_solved_on,
    solutions.is_reopened,
    solutions.reopening_known_on,
    cases.source_name
from cases
inner join waits
    on cases.case_id = waits.case_id
left join solutions
    on cases.case_id = solutions.case_id
left join routings
    on cases.case_id = routings.case_id
left join contexts
    on cases.case_id = contexts.case_id
