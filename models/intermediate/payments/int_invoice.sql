-- An invoice with what became of it. It is settled on the day from which on nothing is open any
-- more: a payment that bounces has not settled it, and a write-off never does.
with ledger as (
    select * from {{ ref('int_invoice_ledger') }}
),

last_open_events as (
    select
        invoice_id,
        max(event_no) as event_no
    from ledger
    where open_amount > {{ parameter('ledger_tolerance') }}
    group by invoice_id
),

settling_events as (
    select
        ledger.invoice_id,
        ledger.event_on,
        ledger.event
    from ledger
    left join last_open_events
        on ledger.invoice_id = last_open_events.invoice_id
    where ledger.event_no = coalesce(last_open_events.event_no, 0) + 1
),

totals as (
    select
        invoice_id,
        max_by(open_amount, event_no) as open_amount,
        sum(case when event in ('invoice', 'credit_note') then amount else 0.0 end) as due_amount,
        sum(case when event in ('payment', 'reversal', 'refund') then -amount else 0.0 end)
            as paid_amount,
        sum(case when event = 'write_off' then -amount else 0.0 end) as written_off_amount,
        count_if(event = 'payment') as payment_count,
        count_if(event = 'reversal') as reversal_count
    from ledger
    group by invoice_id
),

invoices as (
    select
        invoices.*,
        coalesce(
            invoices.due_date,
            {{ date_plus_days('invoices.invoice_date', parameter('due_default_days')) }}
        ) as effective_due_date
    from {{ ref('crm_invoice') }} as invoices
),

described as (
    select
        invoices.invoice_id,
        invoices.account_id,
        attributes.opportunity_id,
        invoices.contract_line_id,
        coalesce(invoices.document_type, 'invoice') as document_type,
        invoices.invoice_date,
        invoices.effective_due_date as due_date,
        invoices.due_date is null as is_due_date_assumed,
        cast({{ days_between('invoices.invoice_date', 'invoices.effective_due_date') }} as integer)
            as term_days,
        invoices.currency,
        cast(coalesce(invoices.gross_amount, invoices.net_amount + invoices.tax_amount) as double)
            as gross_amount,
        totals.due_amount,
        totals.paid_amount,
        totals.written_off_amount,
        totals.open_amount,
        totals.payment_count,
        totals.reversal_count,
        case when totals.written_off_amount > 0 then invoices.written_off_at end as written_off_on,
        case when settling_events.event <> 'write_off' then settling_events.event_on end
            as settled_on,
        coalesce(settling_events.event in ('credit_note', 'invoice'), false)
        and totals.payment_count = 0 as is_fully_credited,
        invoices.dispute_reason as reason,
        invoices.dispute_reason is not null or coalesce(invoices.status, '') = 'disputed'
            as is_disputed,
        invoices.dunning_level,
        attributes.region,
        attributes.country,
        attributes.segment,
        attributes.owner_user_id,
        attributes.rep,
        margins.product_family
    from totals
    inner join invoices
        on totals.invoice_id = invoices.invoice_id
    left join settling_events
        on totals.invoice_id = settling_events.invoice_id
    left join {{ ref('int_invoice_attribute') }} as attributes
        on totals.invoice_id = attributes.invoice_id
    left join {{ ref('int_invoice_margin') }} as margins
        on totals.invoice_id = margins.invoice_id
)

select
    described.*,
    terms.band as payment_term,
    described.open_amount < -{{ parameter('ledger_tolerance') }}
    and described.document_type = 'invoice'
    and described.written_off_on is null as is_overpaid,
    {{ reporting_amount('described.gross_amount', 'described.currency') }}
        as gross_reporting_amount,
    {{ reporting_amount('described.written_off_amount', 'described.currency') }}
        as written_off_reporting_amount,
    {{ unconverted_amount('described.gross_amount', 'described.currency') }} as unconverted_amount
from described
{{ band_join('terms', 'payment_term', 'described.term_days') }}
{{ fx_join('fx', 'described.currency', 'described.invoice_date') }}
