-- Deals by their first quote, with what it took to get there.
with quoted_deals as (
    select *
    from {{ ref('fct_quote') }}
    where is_first_of_deal
),

meetings as (
    select *
    from {{ ref('int_activity_deal') }}
    where activity_type in ('meeting', 'visit') and outcome = 'held'
),

meetings_before as (
    select
        quoted_deals.opportunity_id,
        count(*) as meeting_count
    from quoted_deals
    inner join meetings
        on
            quoted_deals.opportunity_id = meetings.opportunity_id
            and quoted_deals.first_sent_at > meetings.started_at
    group by quoted_deals.opportunity_id
),

webinars_before as (
    select
        quoted_deals.opportunity_id,
        count(*) as attendance_count
    from quoted_deals
    inner join {{ ref('int_webinar_attendance') }} as attendances
        on
            quoted_deals.account_id = attendances.account_id
            and quoted_deals.first_sent_on > attendances.attended_on
            and {{ days_between('attendances.attended_on', 'quoted_deals.first_sent_on') }}
            <= {{ parameter('webinar_quote_days') }}
    group by quoted_deals.opportunity_id
)

select
    quoted_deals.opportunity_id,
    quoted_deals.account_id,
    quoted_deals.first_sent_on,
    quoted_deals.sending_rep as rep,
    quoted_deals.sending_team as team,
    quoted_deals.region,
    quoted_deals.segment,
    quoted_deals.sending_customer_type as customer_type,
    coalesce(meetings_before.meeting_count, 0) as meeting_count,
    coalesce(webinars_before.attendance_count, 0) as attendance_count
from quoted_deals
left join meetings_before
    on quoted_deals.opportunity_id = meetings_before.opportunity_id
left join webinars_before
    on quoted_deals.opportunity_id = webinars_before.opportunity_id
