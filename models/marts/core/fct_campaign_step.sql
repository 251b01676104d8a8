-- The message of a step and what followed. Whether it is a fair test of the follow-up is said by
-- is_followup_test.
with steps as (
    select
        steps.*,
        {{ reporting_date('steps.enrolled_at') }} as enrolled_on,
        min(steps.responded_at) over (
            partition by steps.campaign_id, steps.person_id
            order by steps.step_no
            rows between unbounded preceding and 1 preceding
        ) as responded_before_at,
        row_number() over (
            partition by steps.campaign_id, steps.person_id order by steps.step_no
        ) as place
    from {{ ref('int_campaign_step') }} as steps
),

exposures as (
    select * from {{ ref('int_campaign_exposure') }}
),

-- The last message somebody got before ordering, and the first that made somebody leave.
accepting_steps as (
    select
        steps.campaign_id,
        steps.person_id,
        max(steps.step_no) as step_no
    from steps
    inner join exposures
        on
            steps.campaign_id = exposures.campaign_id
            and steps.person_id = exposures.person_id
    where
        exposures.has_accepted
        and steps.arm = 'treatment'
        and steps.delivered_at <= exposures.accepted_at
    group by steps.campaign_id, steps.person_id
),

opt_outs as (
    select
        campaign_id,
        person_id,
        min(step_no) as step_no
    from steps
    where opted_out_at is not null and delivered_at is not null
    group by campaign_id, person_id
),

described as (
    select
        steps.campaign_id,
        steps.person_id,
        steps.step_no,
        campaigns.campaign,
        campaigns.channel,
        campaigns.topic,
        exposures.customer_type,
        steps.arm,
        steps.is_randomised,
        steps.enrolled_on,
        {{ date_plus_days('steps.enrolled_on', 'exposures.conversion_window_days') }} as mature_on,
        {{ reporting_date('coalesce(steps.sent_at, steps.delivered_at)') }} as sent_on,
        steps.delivered_at,
        steps.delivered_at is not null as is_delivered,
        steps.clicked_at is not null as has_clicked,
        steps.responded_at is not null as has_responded,
        opt_outs.step_no is not null as has_opted_out,
        accepting_steps.step_no is not null as is_accepting_step,
        steps.place > 1 as is_followup,
        -- Among those who had not reacted by then, chance decided who was contacted again.
        steps.place > 1
        and steps.is_randomised
        and exposures.arm = 'treatment'
        and coalesce(steps.responded_before_at >= steps.enrolled_at, true)
        and coalesce(exposures.accepted_at >= steps.enrolled_at, true) as is_followup_test,
        exposures.accepted_at >= steps.enrolled_at as is_accepted_later,
        exposures.accepted_on
    from steps
    inner join exposures
        on
            steps.campaign_id = exposures.campaign_id
            and steps.person_id = exposures.person_id
    inner join {{ ref('int_campaign') }} as campaigns
        on steps.campaign_id = campaigns.campaign_id
    left join accepting_steps
        on
            steps.campaign_id = accepting_steps.campaign_id
            and steps.person_id = accepting_steps.person_id
            and steps.step_no = accepting_steps.step_no
    left join opt_outs
        on
            steps.campaign_id = opt_outs.campaign_id
            and steps.person_id = opt_outs.person_id
            and steps.step_no = opt_outs.step_no
)

select
    campaign_id,
    person_id,
    step_no,
    cast(step_no as varchar) as step,
    campaign,
    channel,
    topic,
    customer_type,
    arm,
    is_randomised,
    enrolled_on,
    mature_on,
    sent_on,
    delivered_at,
    is_delivered,
    has_clicked,
    has_responded,
    has_opted_out,
    is_accepting_step,
    is_followup,
    is_followup_test,
    -- Both groups from the step on, whatever follows: only what chance decided is compared.
    coalesce(is_accepted_later and accepted_on <= mature_on, false) as has_converted
from described
