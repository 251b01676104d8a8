-- Everything that changes what is open on an invoice, in its own currency. A credit note belongs to
-- the invoice it applies to; one that applies to none is a document of its own, owed to the
-- customer.
with documents as (
    select
        invoice_id,
        account_id,
        coalesce(document_type, 'invoice') as document_type,
        applies_to_invoice_id,
        invoice_date,
        currency,
        cast(coalesce(gross_amount, net_amount + tax_amount) as double) as gross_amount,
        written_off_at
    from {{ ref('crm_invoice') }}
    where coalesce(status, 'open') <> 'void' and invoice_date <= {{ as_of_date() }}
),

-- Without a gross amount nobody knows what is owed.
owed_documents as (
    select * from documents
    where gross_amount is not null
),

-- The invoice a document is settled with.
ledgers as (
    select
        documents.*,
        coalesce(invoices.invoice_id, documents.invoice_id) as ledger_invoice_id,
        coalesce(invoices.invoice_date, documents.invoice_date) as ledger_date,
        invoices.invoice_id is not null as is_applied
    from owed_documents as documents
    left join owed_documents as invoices
        on
            documents.document_type = 'credit_note'
            and documents.applies_to_invoice_id = invoices.invoice_id
            and invoices.document_type = 'invoice'
            and documents.currency = invoices.currency
),

payments as (
    select
        payments.payment_id,
        ledgers.ledger_invoice_id,
        ledgers.ledger_date,
        payments.paid_at,
        case
            when payments.is_reversal then -abs(cast(payments.amount as double))
            else cast(payments.amount as double)
        end as amount,
        coalesce(payments.is_reversal, false) as is_reversal
    from {{ ref('crm_payment') }} as payments
    inner join ledgers
        on payments.invoice_id = ledgers.invoice_id
    where payments.paid_at <= {{ as_of_date() }} and payments.amount <> 0
),

movements as (
    select
        ledger_invoice_id as invoice_id,
        ledger_date,
        case when is_applied then 'credit_note' else document_type end as event,
        invoice_id as event_id,
        invoice_date as event_on,
        case when is_applied then 1 else 0 end as event_order,
        gross_amount as amount
    from ledgers
    union all
    select
        ledger_invoice_id as invoice_id,
        ledger_date,
        case when is_reversal then 'reversal' else 'payment' end as event,
        payment_id as event_id,
        paid_at as event_on,
        case when is_reversal then 3 else 2 end as event_order,
        -amount as amount
    from payments
),

-- What was open when the invoice was given up ends the ledger as bad debt.
write_offs as (
    select
        ledgers.ledger_invoice_id as invoice_id,
        ledgers.ledger_date,
        'write_off' as event,
        ledgers.ledger_invoice_id as event_id,
        ledgers.written_off_at as event_on,
        4 as event_order,
        -round(sum(movements.amount), 4) as amount
    from ledgers
    inner join movements
        on
            ledgers.ledger_invoice_id = movements.invoice_id
            and ledgers.written_off_at >= movements.event_on
    where
        ledgers.document_type = 'invoice'
        and not ledgers.is_applied
        and ledgers.written_off_at <= {{ as_of_date() }}
    group by ledgers.ledger_invoice_id, ledgers.ledger_date, ledgers.written_off_at
    having round(sum(movements.amount), 4) > {{ parameter('ledger_tolerance') }}
),

events as (
    select * from movements
    union all
    select * from write_offs
)

select
    invoice_id,
    event,
    event_id,
    event_on,
    -- Money that comes before its invoice is no receivable yet.
    greatest(event_on, ledger_date) as effective_on,
    cast(row_number() over (
        partition by invoice_id
        order by
            case when event_order = 0 then 0 else 1 end asc, event_on asc, event_order asc,
            event_id asc
    ) as integer) as event_no,
    amount
from events
