-- Per currency and month, in the currency of the documents: what was open, plus invoices, less
-- credit notes, payments (net of what went back) and write-offs, is what is open; every payment on
-- a document of the ledger is in it once; no event of an invoice is missing or counted twice; and
-- nothing is open on an invoice that is settled or given up; an invoice
-- begins on its own day. Catches a payment that a join drops or
-- multiplies, and a receivable that is carried past its settlement.
with months as (
    select distinct month_start
    from {{ ref('dim_date') }}
    where has_happened
),

movements as (
    select
        invoices.currency,
        {{ month_start('ledger.effective_on') }} as month_start,
        sum(ledger.amount) as amount
    from {{ ref('int_invoice_ledger') }} as ledger
    inner join {{ ref('int_invoice') }} as invoices
        on ledger.invoice_id = invoices.invoice_id
    group by invoices.currency, {{ month_start('ledger.effective_on') }}
),

rolled_forward as (
    select
        movements.currency,
        months.month_start,
        sum(movements.amount) as open_amount
    from months
    inner join movements
        on months.month_start >= movements.month_start
    group by movements.currency, months.month_start
),

-- Rests below the tolerance count as settled and are no receivable, also while they wait for the
-- payment that clears them.
balances as (
    select
        invoices.currency,
        ledger.invoice_id,
        abs(round(sum(ledger.amount) over (
            partition by ledger.invoice_id
            order by ledger.effective_on
            range between unbounded preceding and current row
        ), 4)) as rest_amount
    from {{ ref('int_invoice_ledger') }} as ledger
    inner join {{ ref('int_invoice') }} as invoices
        on ledger.invoice_id = invoices.invoice_id
),

invoice_rests as (
    select
        currency,
        max(rest_amount) as rest_amount
    from balances
    where rest_amount <= {{ parameter('ledger_tolerance') }}
    group by currency, invoice_id
),

rests as (
    select
        currency,
        sum(rest_amount) as rest_amount
    from invoice_rests
    group by currency
),

receivables as (
    select
        currency,
        month_start,
        sum(open_amount) as open_amount
    from {{ ref('int_receivable_month') }}
    group by currency, month_start
),

documents as (
    select
        invoice_id,
        coalesce(document_type, 'invoice') as document_type,
        coalesce(gross_amount, net_amount + tax_amount) as gross_amount
    from {{ ref('crm_invoice') }}
    where coalesce(status, 'open') <> 'void' and invoice_date <= {{ as_of_date() }}
),

cash as (
    select
        sum(case when payments.is_reversal then -abs(payments.amount) else payments.amount end)
            as paid_amount
    from {{ ref('crm_payment') }} as payments
    inner join documents
        on payments.invoice_id = documents.invoice_id
    where payments.paid_at <= {{ as_of_date() }} and documents.gross_amount is not null
),

ledger_totals as (
    select
        sum(case when event in ('invoice', 'credit_note') then amount else 0.0 end)
            as document_amount,
        -sum(case when event in ('payment', 'reversal', 'refund') then amount else 0.0 end)
            as paid_amount
    from {{ ref('int_invoice_ledger') }}
),

document_totals as (
    select sum(gross_amount) as document_amount
    from documents
),

problems as (
    select
        'receivables do not roll forward' as problem,
        rolled_forward.currency || ' ' || cast(rolled_forward.month_start as varchar) as example,
        rolled_forward.open_amount as expected,
        coalesce(receivables.open_amount, 0.0) as found
    from rolled_forward
    left join receivables
        on
            rolled_forward.currency = receivables.currency
            and rolled_forward.month_start = receivables.month_start
    left join rests
        on rolled_forward.currency = rests.currency
    where
        abs(rolled_forward.open_amount - coalesce(receivables.open_amount, 0.0))
        > 0.01 + coalesce(rests.rest_amount, 0.0)
    union all
    select
        'payments are not those of the ledger' as problem,
        cast(null as varchar) as example,
        cast(cash.paid_amount as double) as expected,
        ledger_totals.paid_amount as found
    from cash
    cross join ledger_totals
    where abs(cast(cash.paid_amount as double) - ledger_totals.paid_amount) > 0.01
    union all
    select
        'documents are not those of the ledger' as problem,
        cast(null as varchar) as example,
        cast(document_totals.document_amount as double) as expected,
        ledger_totals.document_amount as found
    from document_totals
    cross join ledger_totals
    where
        abs(cast(document_totals.document_amount as double) - ledger_totals.document_amount) > 0.01
    union all
    select
        'due is not paid, given up or open' as problem,
        invoice_id as example,
        due_amount as expected,
        paid_amount + written_off_amount + open_amount as found
    from {{ ref('fct_invoice') }}
    where abs(due_amount - paid_amount - written_off_amount - open_amount) > 0.001
    union all
    select
        'open although settled or given up' as problem,
        invoice_id as example,
        0.0 as expected,
        open_amount as found
    from {{ ref('fct_invoice') }}
    where
        (is_settled or is_written_off)
        and open_amount > {{ parameter('ledger_tolerance') }} + 1e-6
    union all
    select
        'an invoice does not begin on its day' as problem,
        invoice_id as example,
        0.0 as expected,
        days_since_invoice as found
    from {{ ref('fct_invoice_ledger') }}
    where event = 'invoice' and days_since_invoice <> 0
)

select *
from problems
