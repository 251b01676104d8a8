-- What is open at each month end, per invoice. Prepayments are no receivable before their invoice
-- is written.
with day_ends as (
    select
        invoice_id,
        effective_on,
        event_no,
        -- Rounded as in the ledger: a cent of a sum of doubles is a cent.
        round(sum(amount) over (
            partition by invoice_id order by effective_on, event_no
            rows between unbounded preceding and current row
        ), 4) as open_amount
    from {{ ref('int_invoice_ledger') }}
),

balances as (
    select
        invoice_id,
        effective_on,
        max_by(open_amount, event_no) as open_amount
    from day_ends
    group by invoice_id, effective_on
),

intervals as (
    select
        *,
        lead(effective_on) over (partition by invoice_id order by effective_on) as next_effective_on
    from balances
),

months as (
    select
        month_start,
        least(max(date_day), {{ as_of_date() }}) as month_end
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

open_items as (
    select
        intervals.invoice_id,
        months.month_start,
        months.month_end,
        intervals.open_amount
    from intervals
    inner join months
        on
            intervals.effective_on <= months.month_end
            and (
                intervals.next_effective_on is null
                or intervals.next_effective_on > months.month_end
            )
    where abs(intervals.open_amount) > {{ parameter('ledger_tolerance') }}
),

described as (
    select
        open_items.*,
        invoices.account_id,
        invoices.currency,
        invoices.due_date,
        -- What is owed to a customer cannot be overdue.
        case
            when open_items.open_amount > 0
                then greatest({{ days_between('invoices.due_date', 'open_items.month_end') }}, 0)
            else 0
        end as overdue_days,
        case when invoices.is_disputed then 'disputed' else 'not disputed' end as dispute_status,
        invoices.region,
        invoices.segment
    from open_items
    inner join {{ ref('int_invoice') }} as invoices
        on open_items.invoice_id = invoices.invoice_id
)

select
    described.invoice_id,
    described.account_id,
    described.month_start,
    described.month_end,
    described.currency,
    described.open_amount,
    {{ reporting_amount('described.open_amount', 'described.currency') }} as receivable_amount,
    {{ unconverted_amount('described.open_amount', 'described.currency') }} as unconverted_amount,
    described.due_date,
    cast(described.overdue_days as integer) as overdue_days,
    described.overdue_days > 0 as is_overdue,
    bands.band as ageing_band,
    described.dispute_status,
    described.region,
    described.segment
from described
{{ band_join('bands', 'ageing_band', 'described.overdue_days') }}
{{ fx_join('fx', 'described.currency', 'described.month_end') }}
