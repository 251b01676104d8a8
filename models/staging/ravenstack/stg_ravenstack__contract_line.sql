-- Churn events name the account but not the subscription: an ended one takes the reason of the
-- event nearest to its end, if there is one within a month of it.
with subscriptions as (
    select
        *,
        try_cast(end_date as date) as first_day_without
    from {{ source('raw_ravenstack', 'ravenstack_subscriptions') }}
    -- Ended on the day it began: not one day of service.
    where end_date is null or end_date <> start_date
),

events as (
    select
        churn_event_id,
        account_id,
        reason_code,
        try_cast(churn_date as date) as churned_on
    from {{ source('raw_ravenstack', 'ravenstack_churn_events') }}
),

near_events as (
    select
        subscriptions.subscription_id,
        events.churn_event_id,
        events.reason_code,
        abs({{ days_between('subscriptions.first_day_without', 'events.churned_on') }})
            as days_apart
    from subscriptions
    inner join events
        on subscriptions.account_id = events.account_id
),

reasons as (
    select
        subscription_id,
        reason_code
    from near_events
    where days_apart <= 30
    qualify
        row_number() over (partition by subscription_id order by days_apart, churn_event_id) = 1
),

lines as (
    select
        subscriptions.*,
        reasons.reason_code,
        coalesce(
            cast({{ date_plus_days('subscriptions.first_day_without', -1) }} as varchar),
            -- Not a date: the text goes on, does not fit, and is reported.
            subscriptions.end_date
        ) as last_day
    from subscriptions
    left join reasons
        on subscriptions.subscription_id = reasons.subscription_id
)

{{ conform('contract_line', 'ravenstack', 'lines', {
    'contract_line_id': 'subscription_id',
    'contract_id': 'subscription_id',
    'account_id': 'account_id',
    'product_id': "'ravenstack:' || plan_tier",
    'quantity': 'seats',
    'mrr_net_amount': 'mrr_amount',
    'start_date': 'start_date',
    'end_date': 'last_day',
    'cancel_type': "case when last_day is not null then 'customer' end",
    'cancel_reason': 'reason_code',
    'switched_to_competitor': "case when reason_code = 'competitor' then '(unnamed)' end",
}) }}
