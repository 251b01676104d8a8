-- CM1 = net revenue − direct cost and CM2 = CM1 − service cost, row by row, and the net revenue of
-- all accounts is that of the documents. Catches documents lost or multiplied by the joins of the
-- fallbacks. A document of unknown net amount leaves its account's month unknown on both sides.
with accounts as (
    select
        month_start,
        sum(net_revenue_amount) as net_revenue_amount,
        max(abs(net_revenue_amount - direct_cost_amount - cm1_amount)) as largest_cm1_gap,
        max(abs(cm1_amount - service_cost_amount - cm2_amount)) as largest_cm2_gap,
        count_if(cm2_amount is not null and service_cost_amount is null)
            as cm2_without_service_count
    from {{ ref('int_account_month') }}
    group by month_start
),

account_documents as (
    select
        invoices.account_id,
        {{ month_start('invoices.invoice_date') }} as month_start,
        case
            when
                count_if(
                    coalesce(invoices.net_amount, invoices.gross_amount - invoices.tax_amount)
                    is null
                )
                = 0
                then sum({{ reporting_amount(
                    'coalesce(invoices.net_amount, invoices.gross_amount - invoices.tax_amount)',
                    'invoices.currency'
                ) }})
        end as net_revenue_amount
    from {{ ref('crm_invoice') }} as invoices
    {{ fx_join('fx', 'invoices.currency', 'invoices.invoice_date') }}
    where
        coalesce(invoices.status, 'open') <> 'void'
        and invoices.invoice_date <= {{ as_of_date() }}
        and invoices.account_id is not null
    group by invoices.account_id, {{ month_start('invoices.invoice_date') }}
),

documents as (
    select
        month_start,
        sum(net_revenue_amount) as net_revenue_amount
    from account_documents
    group by month_start
)

select
    coalesce(accounts.month_start, documents.month_start) as month_start,
    accounts.net_revenue_amount,
    documents.net_revenue_amount as document_net_revenue_amount,
    accounts.largest_cm1_gap,
    accounts.largest_cm2_gap,
    accounts.cm2_without_service_count
from accounts
full outer join documents
    on accounts.month_start = documents.month_start
where
    abs(coalesce(accounts.net_revenue_amount, 0) - coalesce(documents.net_revenue_amount, 0)) > 0.01
    or accounts.largest_cm1_gap > 0.005
    or accounts.largest_cm2_gap > 0.005
    or accounts.cm2_without_service_count > 0
