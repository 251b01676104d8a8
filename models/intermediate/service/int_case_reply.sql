-- What a person wrote or said on a case so that the customer could see or hear it.
select
    activities.activity_id,
    activities.case_id,
    activities.user_id,
    activities.started_at as replied_at
from {{ ref('crm_activity') }} as activities
inner join {{ ref('int_case') }} as cases
    on
        activities.case_id = cases.case_id
        and activities.started_at >= cases.started_at
where
    activities.is_public
    and not coalesce(activities.is_automated, false)
    and activities.activity_type in ('case_comment', 'email', 'call', 'meeting', 'visit')
    -- A comment without a direction is the customer's unless a user wrote it.
    and coalesce(
        activities.direction,
        case when activities.user_id is null then 'inbound' else 'outbound' end
    ) = 'outbound'
    and coalesce(activities.outcome, 'held') not in ('no_answer', 'no_show', 'cancelled')
    and activities.completed_at is not null
    and activities.started_at < {{ as_of_timestamp() }}
