-- Actual cost in the reporting currency with the customer it belongs to, by the account of the
-- booking or of its case. A booking on a test, internal or unknown account stays without a
-- customer.
with bookings as (
    select
        cost_entry_id,
        cost_date,
        cost_pool,
        coalesce(category, 'other') as category,
        account_id,
        case_id,
        campaign_id,
        department,
        net_amount,
        currency
    from {{ ref('crm_cost_entry') }}
    where
        coalesce(entry_type, 'actual') = 'actual'
        and cost_date <= {{ as_of_date() }}
),

accounts as (
    select account_id
    from {{ ref('crm_account') }}
    where master_account_id is null
),

cases as (
    select
        case_id,
        account_id
    from {{ ref('crm_support_case') }}
)

select
    bookings.cost_entry_id,
    bookings.cost_date,
    {{ month_start('bookings.cost_date') }} as cost_month,
    bookings.cost_pool,
    bookings.category,
    coalesce(booked_accounts.account_id, case_accounts.account_id) as account_id,
    case
        when booked_accounts.account_id is not null then 'account'
        when case_accounts.account_id is not null then 'case'
    end as attribution_step,
    bookings.case_id,
    bookings.campaign_id,
    bookings.department,
    {{ reporting_amount('bookings.net_amount', 'bookings.currency') }} as cost_amount,
    {{ unconverted_amount('bookings.net_amount', 'bookings.currency') }} as unconverted_amount
from bookings
left join accounts as booked_accounts
    on bookings.account_id = booked_accounts.account_id
left join cases
    on bookings.case_id = cases.case_id
left join accounts as case_accounts
    on cases.account_id = case_accounts.account_id
{{ fx_join('fx', 'bookings.currency', 'bookings.cost_date') }}
