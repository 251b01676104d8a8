-- What we know of an active customer from the twelve months to a month end, per domain, and when
-- somebody last worked with it. Bounded by months: the last event of a month says whether it lies
-- in the window.
with customers as (
    select
        account_id,
        month_start,
        month_end,
        spell_basis,
        {{ date_plus_days(date_plus_months(date_plus_days('month_end', 1), -12), -1) }}
            as window_opened_after
    from {{ ref('int_customer_month') }}
    where is_active_at_end
),

events as (
    select
        account_id,
        created_on as happened_on,
        'sales' as domain
    from {{ ref('fct_opportunity') }}
    union all
    select
        account_id,
        closed_on as happened_on,
        'sales' as domain
    from {{ ref('fct_opportunity') }}
    union all
    select
        deals.account_id,
        {{ reporting_date('quotes.sent_at') }} as happened_on,
        'sales' as domain
    from {{ ref('crm_quote') }} as quotes
    inner join {{ ref('int_opportunity') }} as deals
        on quotes.opportunity_id = deals.opportunity_id
    where quotes.sent_at < {{ as_of_timestamp() }}
    union all
    select
        account_id,
        invoice_date as happened_on,
        'billing' as domain
    from {{ ref('crm_invoice') }}
    where invoice_date <= {{ as_of_date() }}
    union all
    select
        account_id,
        started_on as happened_on,
        'interaction' as domain
    from {{ ref('int_customer_touch') }}
),

event_months as (
    select
        account_id,
        domain,
        {{ month_start('happened_on') }} as event_month,
        max(happened_on) as last_on
    from events
    where account_id is not null and happened_on is not null
    group by account_id, domain, {{ month_start('happened_on') }}
),

last_events as (
    select
        customers.account_id,
        {%- for domain in ['sales', 'billing', 'interaction'] %}
        max(case when event_months.domain = '{{ domain }}' then event_months.last_on end)
            as last_{{ domain }}_on,
        {%- endfor %}
        customers.month_start
    from customers
    left join event_months
        on
            customers.account_id = event_months.account_id
            and customers.month_start >= event_months.event_month
            and event_months.event_month >= {{ date_plus_months('customers.month_start', -12) }}
    group by customers.account_id, customers.month_start
),

months as (
    select distinct
        month_start,
        {{ month_start(date_plus_days('window_opened_after', 1)) }} as first_needed_month,
        {{ month_start(date_plus_days(
            'month_end', '1 - ' ~ parameter('activity_days_customer')
        )) }} as first_contact_month
    from customers
),

-- A domain answers for a month if one of its tables covers the whole window.
tables as (
    select
        table_name,
        case
            when table_name in ('opportunity', 'quote') then 'sales'
            when table_name = 'support_case' then 'service'
            when table_name = 'invoice' then 'billing'
            when table_name = 'activity' then 'interaction'
        end as domain,
        is_present,
        {{ month_start('first_event_date') }} as first_month,
        {{ month_start('last_event_date') }} as last_month
    from {{ ref('int_table_coverage') }}
),

windows as (
    select
        months.month_start,
        {%- for domain in ['sales', 'service', 'billing', 'interaction'] %}
        count_if(
            tables.domain = '{{ domain }}'
            and tables.is_present
            and months.first_needed_month >= tables.first_month
            and tables.last_month >= months.month_start
        ) > 0 as is_{{ domain }}_covered,
        {%- endfor %}
        count_if(
            tables.table_name = 'activity'
            and tables.is_present
            and months.first_contact_month >= tables.first_month
        ) > 0 as is_contact_window_covered
    from months
    cross join tables
    group by months.month_start
)

select
    customers.account_id,
    customers.month_start,
    customers.month_end,
    customers.spell_basis,
    last_events.last_sales_on,
    last_events.last_billing_on,
    last_events.last_interaction_on,
    windows.is_contact_window_covered,
    coalesce(
        last_events.last_interaction_on
        > {{ date_plus_days('customers.month_end', '-' ~ parameter('activity_days_customer')) }},
        false
    ) as has_recent_activity,
    {%- for domain in ['sales', 'billing', 'interaction'] %}
    case
        when windows.is_{{ domain }}_covered
            then
                coalesce(last_events.last_{{ domain }}_on > customers.window_opened_after, false)
    end as has_{{ domain }},
    {%- endfor %}
    -- Where the cases are loaded, no case is known too: there was none.
    case when windows.is_service_covered then true end as has_service
from customers
inner join last_events
    on
        customers.account_id = last_events.account_id
        and customers.month_start = last_events.month_start
inner join windows
    on customers.month_start = windows.month_start
