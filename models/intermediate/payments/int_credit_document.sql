-- Invoices and credit notes, net, and the pairs in which something was cancelled only to be billed
-- again: the credit note and the new invoice for the same thing within rebill_days. Neither is a
-- loss of revenue nor revenue twice.
with documents as (
    select
        margins.invoice_id,
        margins.account_id,
        margins.document_type,
        margins.invoice_date,
        margins.opportunity_id,
        margins.contract_line_id,
        margins.product_family,
        margins.net_revenue_amount,
        margins.unconverted_amount,
        invoices.applies_to_invoice_id,
        invoices.credit_reason,
        attributes.region
    from {{ ref('int_invoice_margin') }} as margins
    inner join {{ ref('crm_invoice') }} as invoices
        on margins.invoice_id = invoices.invoice_id
    left join {{ ref('int_invoice_attribute') }} as attributes
        on margins.invoice_id = attributes.invoice_id
),

-- A reason that says otherwise is no cancellation; the next recurring invoice is no new bill of the
-- last one.
candidates as (
    select
        credits.invoice_id as credit_note_id,
        rebills.invoice_id as rebill_id,
        row_number() over (
            partition by credits.invoice_id order by rebills.invoice_date, rebills.invoice_id
        ) as credit_choice,
        row_number() over (
            partition by rebills.invoice_id
            order by credits.invoice_date desc, credits.invoice_id asc
        ) as rebill_choice
    from documents as credits
    inner join documents as rebills
        on
            credits.account_id = rebills.account_id
            and rebills.document_type = 'invoice'
            and credits.applies_to_invoice_id is distinct from rebills.invoice_id
            and coalesce(credits.contract_line_id, '') = coalesce(rebills.contract_line_id, '')
            and coalesce(credits.opportunity_id, '') = coalesce(rebills.opportunity_id, '')
            and credits.invoice_date <= rebills.invoice_date
            and {{ date_plus_days('credits.invoice_date', parameter('rebill_days')) }}
            >= rebills.invoice_date
            and abs(credits.net_revenue_amount + rebills.net_revenue_amount)
            <= {{ parameter('rebill_amount_share') }} * abs(credits.net_revenue_amount)
    left join {{ ref('reason_group') }} as reasons
        on
            reasons.reason_type = 'credit'
            and credits.credit_reason = reasons.reason
    where
        credits.document_type = 'credit_note'
        and coalesce(reasons.is_cleanup, credits.credit_reason is null)
),

paired_documents as (
    select credit_note_id as invoice_id
    from candidates
    where credit_choice = 1 and rebill_choice = 1
    union all
    select rebill_id as invoice_id
    from candidates
    where credit_choice = 1 and rebill_choice = 1
)

select
    documents.invoice_id,
    documents.document_type,
    documents.invoice_date as document_date,
    documents.account_id,
    documents.credit_reason as reason,
    documents.region,
    documents.product_family,
    case
        when documents.document_type = 'credit_note' then -documents.net_revenue_amount
        else 0.0
    end as credit_amount,
    case
        when documents.document_type = 'invoice' then documents.net_revenue_amount
        else 0.0
    end as invoice_amount,
    documents.unconverted_amount,
    paired_documents.invoice_id is not null as is_rebilled
from documents
left join paired_documents
    on documents.invoice_id = paired_documents.invoice_id
