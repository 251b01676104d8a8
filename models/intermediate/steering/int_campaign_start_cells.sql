-- Campaigns of which something came back soon after the start: a message counts from the day it was
-- sent, but only once its delivery or an answer to it is known.
with first_events as (
    select
        campaign_id,
        {{ reporting_date('min(coalesce(sent_at, delivered_at, responded_at))') }} as measured_on
    from {{ ref('int_campaign_step') }}
    where delivered_at is not null or responded_at is not null
    group by campaign_id
),

campaigns as (
    select
        campaigns.campaign_id,
        campaigns.channel,
        campaigns.start_date,
        {{ date_plus_days('campaigns.start_date', parameter('measured_start_days')) }}
            as measured_until,
        first_events.measured_on
    from {{ ref('int_campaign') }} as campaigns
    left join first_events
        on campaigns.campaign_id = first_events.campaign_id
    where campaigns.start_date <= {{ as_of_date() }}
)

{{ kpi_cells('campaigns', 'start_date', [
    {
        'metric': 'measured_from_start_rate',
        'numerator': 'count_if(coalesce(measured_on <= measured_until, false))',
        'denominator': 'count(*)',
        'complete_on': 'max(measured_until)',
    },
], ['channel']) }}
