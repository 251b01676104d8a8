-- Each person once per campaign, over all its steps; arm and customer type are those of the first
-- one. A person held back at a later step stays in the treatment arm.
with campaigns as (
    select
        campaign_id,
        cast(
            coalesce(conversion_window_days, {{ parameter('conversion_window_days') }}) as integer
        ) as conversion_window_days
    from {{ ref('crm_campaign') }}
),

contacts as (
    select
        contact_id,
        account_id
    from {{ ref('crm_contact') }}
),

leads as (
    select
        lead_id,
        converted_account_id as account_id
    from {{ ref('crm_lead') }}
),

steps as (
    select * from {{ ref('int_campaign_step') }}
),

first_steps as (
    select *
    from steps
    qualify row_number() over (
            partition by campaign_id, person_id order by step_no, enrolled_at
        ) = 1
),

totals as (
    select
        campaign_id,
        person_id,
        count(delivered_at) as delivered_step_count,
        min(clicked_at) as clicked_at,
        min(responded_at) as responded_at,
        min(opted_out_at) as opted_out_at
    from steps
    group by campaign_id, person_id
),

-- The first order after the enrolment. One dated before its message was sent is no answer to it,
-- but in a comparison of arms both count from the enrolment on.
acceptances as (
    select
        steps.campaign_id,
        steps.person_id,
        min(steps.offer_accepted_at) as converted_at,
        min_by(steps.accepted_opportunity_id, steps.offer_accepted_at) as opportunity_id,
        min(
            case
                when
                    steps.offer_accepted_at
                    >= coalesce(first_steps.sent_at, first_steps.enrolled_at)
                    then steps.offer_accepted_at
            end
        ) as accepted_at
    from steps
    inner join first_steps
        on
            steps.campaign_id = first_steps.campaign_id
            and steps.person_id = first_steps.person_id
    where steps.offer_accepted_at >= first_steps.enrolled_at
    group by steps.campaign_id, steps.person_id
),

enrolments as (
    select
        first_steps.campaign_id,
        first_steps.person_id,
        first_steps.contact_id,
        first_steps.lead_id,
        coalesce(first_steps.account_id, contacts.account_id, leads.account_id) as account_id,
        first_steps.arm,
        first_steps.is_randomised,
        first_steps.enrolled_at,
        {{ reporting_date('first_steps.enrolled_at') }} as enrolled_on,
        first_steps.sent_at,
        first_steps.delivered_at,
        campaigns.conversion_window_days
    from first_steps
    inner join campaigns
        on first_steps.campaign_id = campaigns.campaign_id
    left join contacts
        on first_steps.contact_id = contacts.contact_id
    left join leads
        on first_steps.lead_id = leads.lead_id
),

dated as (
    select
        enrolments.*,
        {{ date_plus_days('enrolments.enrolled_on', 'enrolments.conversion_window_days') }}
            as mature_on,
        totals.delivered_step_count,
        totals.clicked_at,
        totals.responded_at,
        totals.opted_out_at,
        acceptances.converted_at,
        {{ reporting_date('acceptances.converted_at') }} as converted_on,
        acceptances.accepted_at,
        {{ reporting_date('acceptances.accepted_at') }} as accepted_on,
        acceptances.opportunity_id
    from enrolments
    inner join totals
        on
            enrolments.campaign_id = totals.campaign_id
            and enrolments.person_id = totals.person_id
    left join acceptances
        on
            enrolments.campaign_id = acceptances.campaign_id
            and enrolments.person_id = acceptances.person_id
),

-- Held back here, but reached by another campaign in the same days.
contaminated as (
    select distinct
        dated.campaign_id,
        dated.person_id
    from dated
    inner join steps as others
        on
            dated.person_id = others.person_id
            and dated.campaign_id <> others.campaign_id
            and dated.enrolled_at <= others.delivered_at
            and dated.mature_on >= {{ reporting_date('others.delivered_at') }}
    where dated.arm = 'control' and others.arm = 'treatment'
)

select
    dated.campaign_id,
    dated.person_id,
    dated.contact_id,
    dated.lead_id,
    dated.account_id,
    dated.arm,
    dated.is_randomised,
    -- A lead without an account has never bought.
    case
        when dated.account_id is null and dated.lead_id is not null then 'new'
        else {{ customer_type('types', 'dated.account_id') }}
    end as customer_type,
    dated.enrolled_at,
    dated.enrolled_on,
    dated.mature_on,
    dated.conversion_window_days,
    dated.sent_at,
    dated.delivered_at,
    dated.delivered_step_count,
    dated.clicked_at,
    dated.responded_at,
    dated.opted_out_at,
    dated.accepted_at,
    dated.accepted_on,
    dated.opportunity_id,
    coalesce(dated.converted_on <= dated.mature_on, false) as has_converted,
    dated.arm = 'treatment'
    and dated.delivered_at is not null
    and coalesce(dated.accepted_on <= dated.mature_on, false) as has_accepted,
    contaminated.person_id is not null as is_contaminated
from dated
left join contaminated
    on
        dated.campaign_id = contaminated.campaign_id
        and dated.person_id = contaminated.person_id
{{ customer_type_join('types', 'dated.account_id', 'dated.enrolled_on') }}
