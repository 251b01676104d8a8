-- The life of a case without gaps, from its start to as_of, by the status it was in. Where no
-- change of status is known, the dates on the case are all there is: unknown until it was solved.
with recorded_statuses as (
    select
        record_id as case_id,
        value as status,
        valid_from,
        valid_to
    from {{ ref('int_field_value') }}
    where object_type = 'case' and field_name = 'status'
),

recorded_cases as (
    select distinct case_id
    from recorded_statuses
),

unrecorded_cases as (
    select
        cases.case_id,
        cases.status,
        cases.started_at,
        -- greatest() would turn a missing date into the start.
        case when cases.solved_at is not null then greatest(cases.solved_at, cases.started_at) end
            as solved_at,
        -- In a source that tracks the status, an open case without a change never had another one.
        tracked_fields.source_name is not null
        and cases.solved_at is null
        and coalesce(status_groups.status_group, '') <> 'solved' as is_known
    from {{ ref('int_case') }} as cases
    left join {{ ref('int_tracked_field') }} as tracked_fields
        on
            cases.source_name = tracked_fields.source_name
            and tracked_fields.object_type = 'case'
            and tracked_fields.field_name = 'status'
    left join {{ ref('case_status_group') }} as status_groups
        on lower(cases.status) = status_groups.status
    left join recorded_cases
        on cases.case_id = recorded_cases.case_id
    where recorded_cases.case_id is null
),

statuses as (
    select
        *,
        'history' as status_basis
    from recorded_statuses
    union all
    select
        case_id,
        case when is_known then status end as status,
        {{ first_instant() }} as valid_from,
        -- least() leaves a missing date out.
        solved_at as valid_to,
        case when is_known then 'unchanged' else 'dates' end as status_basis
    from unrecorded_cases
    union all
    select
        case_id,
        'solved' as status,
        solved_at as valid_from,
        {{ last_instant() }} as valid_to,
        'dates' as status_basis
    from unrecorded_cases
    where solved_at is not null
),

lives as (
    select
        cases.case_id,
        statuses.status,
        statuses.status_basis,
        greatest(statuses.valid_from, cases.started_at) as from_at,
        least(statuses.valid_to, {{ as_of_timestamp() }}) as to_at
    from {{ ref('int_case') }} as cases
    inner join statuses
        on cases.case_id = statuses.case_id
)

select
    lives.case_id,
    lives.status,
    status_groups.status_group,
    coalesce(status_groups.status_group = 'solved', false) as is_solved,
    lives.status_basis,
    lives.from_at,
    lives.to_at
from lives
left join {{ ref('case_status_group') }} as status_groups
    on lower(lives.status) = status_groups.status
where lives.from_at < lives.to_at
