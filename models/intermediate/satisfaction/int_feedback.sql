-- Every invitation, answer and mention with what it says and whose it is.
with feedback as (
    select
        *,
        upper(feedback_type) as kind,
        -- Where it is placed in the customer's life: by the answer, else by the invitation.
        coalesce(responded_at, invited_at) as event_at
    from {{ ref('crm_feedback') }}
    where coalesce(invited_at, responded_at) < {{ as_of_timestamp() }}
),

contacts as (
    select
        contact_id,
        account_id,
        country
    from {{ ref('crm_contact') }}
),

accounts as (
    select
        account_id,
        country
    from {{ ref('dim_account') }}
)

select
    feedback.feedback_id,
    feedback.source_name,
    feedback.kind as feedback_type,
    feedback.subject,
    case when feedback.case_id is null then 'relationship' else 'transactional' end as survey_kind,
    feedback.score,
    feedback.scale_min,
    feedback.scale_max,
    scales.is_higher_better,
    lower(feedback.sentiment) as sentiment,
    feedback.channel,
    feedback.verbatim_theme as theme,
    feedback.invited_at,
    case when feedback.responded_at < {{ as_of_timestamp() }} then feedback.responded_at end
        as responded_at,
    feedback.event_at,
    case when feedback.followed_up_at < {{ as_of_timestamp() }} then feedback.followed_up_at end
        as followed_up_at,
    feedback.contact_id,
    coalesce(feedback.account_id, contacts.account_id, cases.account_id) as account_id,
    feedback.case_id,
    coalesce(
        upper(feedback.country), upper(contacts.country), upper(accounts.country)
    ) as country,
    coalesce(feedback.is_excluded, false) as is_excluded,
    coalesce(
        feedback.kind <> 'SOCIAL'
        and feedback.score is not null
        and feedback.responded_at < {{ as_of_timestamp() }}
        and not coalesce(feedback.is_excluded, false),
        false
    ) as is_answered,
    -- A score on a scale that is not defined for its survey is never converted.
    scales.feedback_type is not null as is_scale_known,
    case
        when scales.is_higher_better then feedback.score >= scales.satisfied_from
        else feedback.score <= scales.satisfied_from
    end as is_satisfied,
    case
        when scales.is_higher_better then feedback.score <= scales.dissatisfied_to
        else feedback.score >= scales.dissatisfied_to
    end as is_dissatisfied
from feedback
left join {{ ref('feedback_scale') }} as scales
    on
        feedback.kind = scales.feedback_type
        and feedback.scale_min = scales.scale_min
        and feedback.scale_max = scales.scale_max
        and feedback.score between scales.scale_min and scales.scale_max
left join contacts
    on feedback.contact_id = contacts.contact_id
left join {{ ref('int_case') }} as cases
    on feedback.case_id = cases.case_id
left join accounts
    on coalesce(feedback.account_id, contacts.account_id, cases.account_id) = accounts.account_id
