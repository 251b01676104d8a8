-- Signs of life of an account, one row per day and kind. Recurring invoices are none: they go out
-- whether or not the customer still uses what it pays for.
with contacts as (
    select
        contact_id,
        account_id
    from {{ ref('crm_contact') }}
),

purchases as (
    select
        account_id,
        invoice_date as signal_on,
        'purchase' as signal,
        'invoice' as table_name
    from {{ ref('int_invoice_margin') }}
    where contract_line_id is null and document_type <> 'credit_note' and net_revenue_amount > 0
    union all
    select
        account_id,
        start_date as signal_on,
        'purchase' as signal,
        'contract_line' as table_name
    from {{ ref('int_contract_line_spell') }}
    union all
    select
        deals.account_id,
        outcomes.outcome_on as signal_on,
        'purchase' as signal,
        'opportunity' as table_name
    from {{ ref('int_opp_outcome') }} as outcomes
    inner join {{ ref('int_opportunity') }} as deals
        on outcomes.opportunity_id = deals.opportunity_id
    where outcomes.outcome = 'won'
),

activities as (
    select
        coalesce(activities.account_id, contacts.account_id) as account_id,
        {{ reporting_date('activities.started_at') }} as signal_on,
        case
            when activities.activity_type = 'product_usage' then 'usage'
            when activities.direction = 'inbound' then 'inbound'
            else 'answered_touch'
        end as signal,
        'activity' as table_name
    from {{ ref('crm_activity') }} as activities
    left join contacts
        on activities.contact_id = contacts.contact_id
    where
        activities.started_at < {{ as_of_timestamp() }}
        and (
            activities.activity_type = 'product_usage'
            or activities.direction = 'inbound'
            or (
                activities.outcome in ('connected', 'held')
                and not coalesce(activities.is_automated, false)
            )
        )
),

cases as (
    select
        account_id,
        {{ reporting_date('started_at') }} as signal_on,
        'inbound' as signal,
        'support_case' as table_name
    from {{ ref('int_case') }}
    where not is_excluded
),

answers as (
    select
        coalesce(members.account_id, contacts.account_id) as account_id,
        {{ reporting_date('coalesce(members.responded_at, members.offer_accepted_at)') }}
            as signal_on,
        'answered_touch' as signal,
        'campaign_member' as table_name
    from {{ ref('crm_campaign_member') }} as members
    left join contacts
        on members.contact_id = contacts.contact_id
    where coalesce(members.responded_at, members.offer_accepted_at) < {{ as_of_timestamp() }}
),

signals as (
    select * from purchases
    union all
    select * from activities
    union all
    select * from cases
    union all
    select * from answers
)

select distinct
    account_id,
    signal_on,
    signal,
    table_name
from signals
where account_id is not null and signal_on is not null
