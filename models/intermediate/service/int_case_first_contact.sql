-- Was a case settled at the first contact? One public reply at most, one agent, not opened again and no
-- new case of the same person and cause within fcr_days. Known once these days are over.
with solved_cases as (
    select
        case_id,
        contact_id,
        root_cause,
        team,
        department,
        channel,
        case_type,
        started_at,
        first_solved_at,
        solved_at,
        solved_on,
        first_reopened_at,
        assignee_count,
        {{ date_plus_days('solved_on', parameter('fcr_days')) }} as mature_on
    from {{ ref('fct_case') }}
    where is_fcr_eligible and not is_excluded and is_solved and coalesce(channel, '') <> 'onsite'
),

replies as (
    select
        activities.case_id,
        count(*) as reply_count
    from {{ ref('crm_activity') }} as activities
    inner join solved_cases
        on activities.case_id = solved_cases.case_id
    where
        activities.is_public
        and not coalesce(activities.is_automated, false)
        and activities.user_id is not null
        and coalesce(activities.direction, 'outbound') = 'outbound'
        and activities.completed_at < {{ as_of_timestamp() }}
    group by activities.case_id
),

repeated as (
    select distinct solved_cases.case_id
    from solved_cases
    inner join {{ ref('fct_case') }} as later
        on
            solved_cases.contact_id = later.contact_id
            and solved_cases.root_cause = later.root_cause
            and solved_cases.case_id <> later.case_id
            and solved_cases.solved_at < later.started_at
            and solved_cases.mature_on >= later.started_on
)

select
    solved_cases.case_id,
    solved_cases.team,
    solved_cases.department,
    solved_cases.channel,
    solved_cases.case_type,
    solved_cases.solved_on,
    solved_cases.mature_on,
    case
        when solved_cases.mature_on <= {{ as_of_date() }}
            then
                coalesce(replies.reply_count, 0) <= 1
                and coalesce(solved_cases.assignee_count, 1) <= 1
                and (
                    solved_cases.first_reopened_at is null
                    or {{ reporting_date('solved_cases.first_reopened_at') }}
                    > {{ date_plus_days(
                        reporting_date('solved_cases.first_solved_at'), parameter('fcr_days')
                    ) }}
                )
                and repeated.case_id is null
    end as is_first_contact_resolution
from solved_cases
left join replies
    on solved_cases.case_id = replies.case_id
left join repeated
    on solved_cases.case_id = repeated.case_id
