with feedback as (
    select * from {{ ref('int_feedback') }}
),

-- A case that was rated twice counts with its last rating.
last_ratings as (
    select feedback_id
    from feedback
    where feedback_type = 'CSAT' and is_answered and is_scale_known
    qualify
        case_id is null
        or row_number() over (
            partition by case_id order by responded_at desc, feedback_id desc
        ) = 1
),

dated as (
    select
        feedback.*,
        {{ reporting_date('feedback.invited_at') }} as invited_on,
        {{ reporting_date('feedback.responded_at') }} as responded_on,
        feedback.feedback_type = 'NPS' and feedback.is_answered and feedback.is_scale_known
            as is_nps_answer,
        last_ratings.feedback_id is not null as is_csat_answer
    from feedback
    left join last_ratings
        on feedback.feedback_id = last_ratings.feedback_id
),

timed as (
    select
        dated.*,
        dated.feedback_type <> 'SOCIAL' and dated.invited_at is not null and not dated.is_excluded
            as is_invitation,
        {{ date_plus_days('dated.invited_on', parameter('answer_days')) }} as answer_due_on,
        -- Nobody can call back an answer without a name.
        coalesce(
            dated.is_answered
            and dated.is_scale_known
            and dated.is_dissatisfied
            and coalesce(dated.contact_id, dated.account_id) is not null,
            false
        ) as is_loop_due,
        loop_days.ends_at as loop_due_at
    from dated
    {{ business_day_join('loop_days', 'dated.responded_on', parameter('loop_business_days')) }}
)

select
    timed.feedback_id,
    timed.feedback_type,
    timed.subject,
    timed.survey_kind,
    timed.score,
    timed.scale_min,
    timed.scale_max,
    timed.sentiment,
    timed.channel,
    timed.theme,
    timed.contact_id,
    timed.account_id,
    timed.case_id,
    timed.country,
    attributes.region,
    attributes.segment,
    attributes.tenure_band,
    attributes.owner_user_id,
    attributes.owner_team,
    cases.case_type,
    cases.team as case_team,
    attributes.weekday,
    attributes.hour,
    timed.invited_at,
    timed.invited_on,
    timed.responded_at,
    timed.responded_on,
    timed.followed_up_at,
    timed.is_excluded,
    timed.is_answered,
    timed.is_scale_known,
    timed.is_higher_better,
    timed.is_nps_answer,
    timed.is_nps_answer and timed.score >= 9 as is_promoter,
    timed.is_nps_answer and timed.score > 6 and timed.score < 9 as is_passive,
    timed.is_nps_answer and timed.score <= 6 as is_detractor,
    timed.is_csat_answer,
    case when timed.is_answered and timed.is_scale_known then timed.is_satisfied end
        as is_satisfied,
    case when timed.is_answered and timed.is_scale_known then timed.is_dissatisfied end
        as is_dissatisfied,
    timed.is_invitation,
    case when timed.is_invitation then timed.answer_due_on end as answer_due_on,
    case
        when timed.is_invitation and timed.answer_due_on <= {{ as_of_date() }}
            then coalesce(timed.is_answered and timed.responded_on <= timed.answer_due_on, false)
    end as is_answered_in_time,
    case when timed.is_loop_due then timed.loop_due_at end as loop_due_at,
    case
        when timed.is_loop_due and timed.loop_due_at <= {{ as_of_timestamp() }}
            then coalesce(timed.followed_up_at < timed.loop_due_at, false)
    end as is_loop_closed_in_time,
    timed.source_name
from timed
inner join {{ ref('int_feedback_attribute') }} as attributes
    on timed.feedback_id = attributes.feedback_id
left join {{ ref('fct_case') }} as cases
    on timed.case_id = cases.case_id
