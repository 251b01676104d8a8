-- How long a customer has shown no sign of life, at the end of each month. Judged only where at
-- least one of the four sources is loaded for the whole window; a source that never yields a sign
-- is none.
with customer_months as (
    select
        account_id,
        month_start,
        month_end
    from {{ ref('int_customer_month') }}
),

signal_months as (
    select
        account_id,
        {{ month_start('signal_on') }} as month_start,
        max(signal_on) as last_signal_on,
        max(case when signal = 'purchase' then signal_on end) as last_purchase_on,
        max(case when signal = 'usage' then signal_on end) as last_usage_on
    from {{ ref('int_customer_signal') }}
    group by account_id, {{ month_start('signal_on') }}
),

all_months as (
    select
        coalesce(customer_months.account_id, signal_months.account_id) as account_id,
        coalesce(customer_months.month_start, signal_months.month_start) as month_start,
        customer_months.month_end,
        signal_months.last_signal_on,
        signal_months.last_purchase_on,
        signal_months.last_usage_on
    from customer_months
    full outer join signal_months
        on
            customer_months.account_id = signal_months.account_id
            and customer_months.month_start = signal_months.month_start
),

latest_signals as (
    select
        account_id,
        month_start,
        month_end,
        max(last_signal_on) over so_far as last_signal_on,
        max(last_purchase_on) over so_far as last_purchase_on,
        max(last_usage_on) over so_far as last_usage_on
    from all_months
    window so_far as (
        partition by account_id order by month_start
        rows between unbounded preceding and current row
    )
),

yielding_tables as (
    select distinct table_name
    from {{ ref('int_customer_signal') }}
    where table_name in ('activity', 'campaign_member', 'invoice', 'support_case')
),

covered as (
    select
        coverage.table_name,
        coverage.first_event_date,
        {{ month_start('coverage.last_event_date') }} as last_month
    from {{ ref('int_table_coverage') }} as coverage
    inner join yielding_tables
        on coverage.table_name = yielding_tables.table_name
    where coverage.is_present
),

month_ends as (
    select distinct
        month_start,
        month_end
    from customer_months
),

used_signals as (
    select
        month_ends.month_start,
        {{ join_text('covered.table_name', ', ') }} as signals
    from month_ends
    inner join covered
        on
            covered.first_event_date
            <= {{ date_plus_days('month_ends.month_end', '-' ~ parameter('inactive_days')) }}
            and month_ends.month_start <= covered.last_month
    group by month_ends.month_start
)

select
    latest_signals.account_id,
    latest_signals.month_start,
    latest_signals.last_signal_on,
    latest_signals.last_purchase_on,
    latest_signals.last_usage_on,
    used_signals.signals as inactivity_signals,
    case
        when used_signals.signals is not null
            then coalesce(
                    {{ days_between('latest_signals.last_signal_on', 'latest_signals.month_end') }}
                    > {{ parameter('inactive_days') }}, true
                )
    end as is_inactive
from latest_signals
left join used_signals
    on latest_signals.month_start = used_signals.month_start
where latest_signals.month_end is not null
