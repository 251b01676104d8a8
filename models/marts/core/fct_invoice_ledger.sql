with ledger as (
    select * from {{ ref('int_invoice_ledger') }}
)

select
    ledger.invoice_id,
    ledger.event_no,
    ledger.event,
    ledger.event_id,
    ledger.event_on,
    ledger.effective_on,
    invoices.account_id,
    invoices.document_type,
    invoices.currency,
    ledger.amount,
    ledger.open_amount,
    cast({{ days_between('invoices.invoice_date', 'ledger.event_on') }} as integer)
        as days_since_invoice,
    cast({{ days_between('invoices.due_date', 'ledger.event_on') }} as integer) as days_after_due,
    invoices.region,
    invoices.country,
    invoices.segment,
    invoices.rep,
    invoices.payment_term
from ledger
inner join {{ ref('int_invoice') }} as invoices
    on ledger.invoice_id = invoices.invoice_id
