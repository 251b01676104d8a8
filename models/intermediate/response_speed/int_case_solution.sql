-- How a case was solved: at the first contact or not, and whether the solution held.
with cases as (
    select
        cases.case_id,
        cases.contact_id,
        cases.root_cause,
        cases.started_at,
        cases.is_excluded,
        cases.assignee_count,
        cases.reopen_count as crm_reopen_count,
        outcomes.status_basis,
        outcomes.first_solved_at,
        outcomes.solved_at
    from {{ ref('int_case') }} as cases
    inner join {{ ref('int_case_outcome') }} as outcomes
        on cases.case_id = outcomes.case_id
    where outcomes.first_solved_at is not null
),

replies as (
    select
        cases.case_id,
        count(*) as reply_count
    from cases
    inner join {{ ref('int_case_reply') }} as replies
        on
            cases.case_id = replies.case_id
            and cases.solved_at >= replies.replied_at
    group by cases.case_id
),

owners as (
    select
        record_id as case_id,
        count(distinct value) as owner_count
    from {{ ref('int_field_value') }}
    where object_type = 'case' and field_name = 'owner_user_id' and value is not null
    group by record_id
),

reopenings as (
    select
        reopenings.case_id,
        max(
            case
                when
                    reopenings.reopened_at <= {{ plus_seconds(
                        'reopenings.solved_at', '(86400 * ' ~ parameter('fcr_days') ~ ')'
                    ) }}
                    then 1
                else 0
            end
        ) = 1 as is_reopened_soon,
        max(
            case
                when
                    not reopenings.is_thanks
                    and reopenings.reopened_at <= {{ plus_seconds(
                        'cases.first_solved_at', '(86400 * ' ~ parameter('reopen_days') ~ ')'
                    ) }}
                    then 1
                else 0
            end
        ) = 1 as is_reopened
    from {{ ref('int_case_reopening') }} as reopenings
    inner join cases
        on reopenings.case_id = cases.case_id
    group by reopenings.case_id
),

repeated as (
    select distinct cases.case_id
    from cases
    inner join {{ ref('int_case') }} as later_cases
        on
            cases.contact_id = later_cases.contact_id
            and cases.root_cause = later_cases.root_cause
            and cases.solved_at < later_cases.started_at
            and later_cases.started_at
            <= {{ plus_seconds('cases.solved_at', '(86400 * ' ~ parameter('fcr_days') ~ ')') }}
    where not later_cases.is_excluded
),

known as (
    select
        cases.*,
        coalesce(replies.reply_count, 0) as reply_count,
        greatest(coalesce(owners.owner_count, 1), coalesce(cases.assignee_count, 1))
            as agent_count,
        coalesce(reopenings.is_reopened_soon, false) as is_reopened_soon,
        coalesce(reopenings.is_reopened, false) as is_reopened,
        repeated.case_id is not null as is_repeated
    from cases
    left join replies
        on cases.case_id = replies.case_id
    left join owners
        on cases.case_id = owners.case_id
    left join reopenings
        on cases.case_id = reopenings.case_id
    left join repeated
        on cases.case_id = repeated.case_id
)

select
    case_id,
    first_solved_at,
    solved_at,
    cast(reply_count as integer) as reply_count,
    cast(agent_count as integer) as agent_count,
    is_reopened_soon,
    is_repeated,
    solved_at is not null
    and reply_count <= 1
    and agent_count = 1
    and not is_reopened_soon
    and not is_repeated
    -- Without a history the CRM's own count is all there is.
    and not (status_basis = 'dates' and coalesce(crm_reopen_count, 0) > 0)
        as is_solved_at_first_contact,
    {{ date_plus_days(reporting_date('solved_at'), parameter('fcr_days')) }}
        as first_contact_known_on,
    case when status_basis <> 'dates' then is_reopened end as is_reopened,
    {{ date_plus_days(reporting_date('first_solved_at'), parameter('reopen_days')) }}
        as reopening_known_on
from known
