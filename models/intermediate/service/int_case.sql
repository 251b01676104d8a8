-- Every case once: merged duplicates are folded into the survivor, which began when the first of
-- them did (G6).
with merged_starts as (
    select
        keys.survivor_id as case_id,
        min(duplicates.created_at) as created_at
    from {{ ref('crm_support_case') }} as duplicates
    inner join {{ ref('meta_merge_key') }} as keys
        on
            duplicates.case_id = keys.record_id
            and keys.object_type = 'support_case'
    group by keys.survivor_id
),

started_cases as (
    select
        cases.*,
        least(cases.created_at, merged_starts.created_at) as started_at
    from {{ ref('crm_support_case') }} as cases
    left join merged_starts
        on cases.case_id = merged_starts.case_id
    where
        cases.master_case_id is null
        and cases.created_at < {{ as_of_timestamp() }}
),

-- A case that names no policy has the one its customer's contract held that day.
contract_policies as (
    select
        started_cases.case_id,
        contract_lines.sla_policy_id
    from started_cases
    inner join {{ ref('crm_contract_line') }} as contract_lines
        on
            started_cases.account_id = contract_lines.account_id
            and {{ reporting_date('started_cases.started_at') }} >= contract_lines.start_date
            and (
                contract_lines.end_date is null
                or {{ reporting_date('started_cases.started_at') }} <= contract_lines.end_date
            )
    where contract_lines.sla_policy_id is not null
    qualify
        row_number() over (
            partition by started_cases.case_id
            order by contract_lines.start_date desc, contract_lines.contract_line_id asc
        ) = 1
)

select
    started_cases.case_id,
    started_cases.source_name,
    started_cases.account_id,
    started_cases.contact_id,
    started_cases.product_id,
    started_cases.case_type,
    started_cases.channel,
    started_cases.priority,
    started_cases.status,
    started_cases.owner_user_id,
    started_cases.root_cause,
    started_cases.is_escalated,
    started_cases.assignee_count,
    started_cases.reopen_count,
    started_cases.service_minutes,
    started_cases.started_at,
    started_cases.first_responded_at,
    started_cases.first_solved_at,
    started_cases.solved_at,
    coalesce(started_cases.sla_policy_id, contract_policies.sla_policy_id) as sla_policy_id,
    contract_policies.sla_policy_id as contract_sla_policy_id,
    coalesce(started_cases.business_hours_id, only_calendars.business_hours_id)
        as business_hours_id,
    coalesce(case_types.is_excluded, false) as is_excluded
from started_cases
left join contract_policies
    on started_cases.case_id = contract_policies.case_id
left join {{ ref('int_business_calendar') }} as only_calendars
    on
        started_cases.source_name = only_calendars.source_name
        and only_calendars.is_only_one
left join {{ ref('case_type_group') }} as case_types
    on started_cases.case_type = case_types.case_type
