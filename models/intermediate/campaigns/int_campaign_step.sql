-- What each step of a campaign did to a person. Two records of one person that were merged are one
-- person, who was contacted if either of the records was.
with members as (
    select
        campaign_id,
        coalesce(step_no, 1) as step_no,
        contact_id,
        lead_id,
        account_id,
        -- Nobody named: the row stands for somebody of its own.
        coalesce(
            'contact ' || contact_id,
            'lead ' || lead_id,
            'account ' || account_id,
            'member ' || campaign_member_id
        ) as person_id,
        coalesce(lower(arm), 'treatment') = 'control' as is_control,
        coalesce(is_randomised, false) as is_randomised,
        coalesce(enrolled_at, sent_at, delivered_at) as enrolled_at,
        sent_at,
        delivered_at,
        first_clicked_at,
        responded_at,
        least(
            coalesce(unsubscribed_at, complained_at),
            coalesce(complained_at, unsubscribed_at)
        ) as opted_out_at,
        offer_accepted_at,
        accepted_opportunity_id
    from {{ ref('crm_campaign_member') }}
    where campaign_id is not null
),

-- What happens after as_of has not happened yet.
known_members as (
    select
        campaign_id,
        step_no,
        contact_id,
        lead_id,
        account_id,
        person_id,
        is_control,
        is_randomised,
        enrolled_at,
        {%- for column in [
            'sent_at', 'delivered_at', 'first_clicked_at', 'responded_at', 'opted_out_at',
            'offer_accepted_at',
        ] %}
        case when {{ column }} < {{ as_of_timestamp() }} then {{ column }} end as {{ column }},
        {%- endfor %}
        accepted_opportunity_id
    from members
    where enrolled_at < {{ as_of_timestamp() }}
)

select
    campaign_id,
    person_id,
    step_no,
    max(contact_id) as contact_id,
    max(lead_id) as lead_id,
    max(account_id) as account_id,
    case when bool_and(is_control) then 'control' else 'treatment' end as arm,
    bool_and(is_randomised) as is_randomised,
    min(enrolled_at) as enrolled_at,
    min(sent_at) as sent_at,
    min(delivered_at) as delivered_at,
    -- A click this soon after the delivery is a machine's.
    min(
        case
            when
                {{ seconds_between('delivered_at', 'first_clicked_at') }}
                >= {{ parameter('bot_click_seconds') }}
                then first_clicked_at
        end
    ) as clicked_at,
    min(responded_at) as responded_at,
    min(opted_out_at) as opted_out_at,
    min(offer_accepted_at) as offer_accepted_at,
    min_by(accepted_opportunity_id, offer_accepted_at) as accepted_opportunity_id
from known_members
group by campaign_id, person_id, step_no
