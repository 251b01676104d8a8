with cases as (
    select * from {{ ref('int_case') }}
),

answers as (
    select * from {{ ref('int_case_answer') }}
),

outcomes as (
    select * from {{ ref('int_case_outcome') }}
),

durations as (
    select * from {{ ref('int_case_duration') }}
),

attributes as (
    select * from {{ ref('int_case_attribute') }}
),

covered_cases as (
    select distinct case_id
    from {{ ref('int_case_target') }}
    where not is_waiting
)

select
    cases.case_id,
    cases.account_id,
    cases.contact_id,
    cases.product_id,
    attributes.owner_user_id,
    attributes.rep,
    attributes.team,
    attributes.department,
    attributes.region,
    attributes.country,
    attributes.segment,
    attributes.industry,
    attributes.product_family,
    attributes.dim_asof,
    cases.channel,
    cases.case_type,
    cases.priority,
    cases.root_cause,
    outcomes.status,
    outcomes.status_basis,
    cases.sla_policy_id as policy,
    covered_cases.case_id is not null as is_sla_covered,
    cases.is_excluded,
    coalesce(case_types.is_post_sales, false) as is_post_sales,
    coalesce(case_types.is_fcr_eligible, false) as is_fcr_eligible,
    coalesce(cases.is_escalated, false) as is_escalated,
    cases.service_minutes,
    cases.started_at,
    {{ reporting_date('cases.started_at') }} as started_on,
    attributes.weekday,
    attributes.hour,
    cases.business_hours_id,
    durations.calendar_date,
    durations.calendar_weekday,
    durations.calendar_hour,
    durations.is_out_of_hours,
    answers.first_reply_at,
    {{ reporting_date('answers.first_reply_at') }} as first_reply_on,
    durations.first_response_minutes,
    durations.first_response_business_minutes,
    answers.answer_decided_at,
    {{ reporting_date('answers.answer_decided_at') }} as answer_decided_on,
    answers.is_answered_within_24h,
    outcomes.first_solved_at,
    outcomes.solved_at,
    {{ reporting_date('outcomes.solved_at') }} as solved_on,
    outcomes.solved_at is not null as is_solved,
    durations.resolution_hours,
    durations.resolution_net_hours,
    durations.resolution_decided_at,
    {{ reporting_date('durations.resolution_decided_at') }} as resolution_decided_on,
    durations.is_resolved_within_24h,
    durations.is_resolved_within_24h_net,
    outcomes.first_reopened_at,
    -- A source without a status history still counts its reopenings.
    greatest(outcomes.reopen_count, coalesce(cases.reopen_count, 0)) as reopen_count,
    cases.assignee_count,
    cases.source_name
from cases
inner join answers
    on cases.case_id = answers.case_id
inner join outcomes
    on cases.case_id = outcomes.case_id
inner join durations
    on cases.case_id = durations.case_id
inner join attributes
    on cases.case_id = attributes.case_id
left join covered_cases
    on cases.case_id = covered_cases.case_id
left join {{ ref('case_type_group') }} as case_types
    on cases.case_type = case_types.case_type
