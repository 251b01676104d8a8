-- KPI reviews and what came of them: a task tagged with the KPI, or the campaign or deal the review
-- carries, each begun within insight_days.
with reviews as (
    select
        activities.activity_id,
        activities.subject as kpi,
        activities.campaign_id,
        activities.opportunity_id,
        activities.account_id,
        users.department,
        activities.completed_at,
        {{ reporting_date('activities.completed_at') }} as reviewed_on,
        {{ date_plus_days(
            reporting_date('activities.completed_at'), parameter('insight_days')
        ) }} as open_until
    from {{ ref('crm_activity') }} as activities
    left join {{ ref('dim_user') }} as users
        on activities.user_id = users.user_id
    where
        activities.activity_type = 'kpi_review'
        and activities.completed_at < {{ as_of_timestamp() }}
        and not coalesce(activities.is_automated, false)
),

-- `kpi:win_rate` is no task of a KPI called win_rate_by_team.
tasks as (
    select
        split_part(substr(subject, 5), ' ', 1) as kpi,
        account_id,
        coalesce(started_at, logged_at) as begun_at,
        {{ reporting_date('coalesce(started_at, logged_at)') }} as begun_on
    from {{ ref('crm_activity') }}
    where
        activity_type = 'task'
        and subject like 'kpi:%'
        and not coalesce(is_automated, false)
        and coalesce(started_at, logged_at) < {{ as_of_timestamp() }}
),

followed_reviews as (
    select
        reviews.activity_id,
        min_by(tasks.account_id, tasks.begun_at) as account_id,
        min(tasks.begun_on) as begun_on
    from reviews
    inner join tasks
        on
            reviews.kpi = tasks.kpi
            and reviews.completed_at <= tasks.begun_at
            and reviews.open_until >= tasks.begun_on
    group by reviews.activity_id
),

-- Whom the campaign of a review was for.
campaign_types as (
    select
        campaign_id,
        customer_type,
        count(*) as person_count
    from {{ ref('fct_campaign_person') }}
    where customer_type is not null
    group by campaign_id, customer_type
),

campaigns as (
    select
        campaigns.campaign_id,
        campaigns.start_date,
        max_by(campaign_types.customer_type, campaign_types.person_count) as customer_type
    from {{ ref('int_campaign') }} as campaigns
    left join campaign_types
        on campaigns.campaign_id = campaign_types.campaign_id
    group by campaigns.campaign_id, campaigns.start_date
),

deals as (
    select
        opportunity_id,
        account_id,
        created_on
    from {{ ref('int_opportunity') }}
),

acted as (
    select
        reviews.activity_id,
        reviews.kpi,
        reviews.department,
        reviews.reviewed_on,
        reviews.open_until,
        campaigns.customer_type as campaign_customer_type,
        coalesce(deals.account_id, followed_reviews.account_id, reviews.account_id) as account_id,
        case
            when deals.opportunity_id is not null then 'opportunity'
            when campaigns.campaign_id is not null then 'campaign'
            when followed_reviews.activity_id is not null then 'task'
        end as action_kind,
        followed_reviews.activity_id is not null as has_task
    from reviews
    left join followed_reviews
        on reviews.activity_id = followed_reviews.activity_id
    left join campaigns
        on
            reviews.campaign_id = campaigns.campaign_id
            and reviews.reviewed_on <= campaigns.start_date
            and reviews.open_until >= campaigns.start_date
    left join deals
        on
            reviews.opportunity_id = deals.opportunity_id
            and reviews.reviewed_on <= deals.created_on
            and reviews.open_until >= deals.created_on
)

select
    acted.activity_id,
    acted.kpi,
    acted.department,
    acted.reviewed_on,
    acted.open_until,
    acted.action_kind,
    acted.has_task,
    coalesce({{ customer_type('types', 'acted.account_id') }}, acted.campaign_customer_type)
        as customer_type
from acted
{{ customer_type_join('types', 'acted.account_id', 'acted.reviewed_on') }}
