-- The invoices a deal starts with: its one-off invoices, and the first one of each contract line.
-- The later ones of a line are due because time passes, not because something was sold.
with invoice_window as (
    select min({{ month_start('first_event_date') }}) as first_month
    from {{ ref('int_table_coverage') }}
    where table_name = 'invoice' and is_present
),

invoices as (
    select
        *,
        row_number() over (
            partition by coalesce(contract_line_id, invoice_id) order by invoice_date, invoice_id
        ) as line_invoice_no
    from {{ ref('fct_invoice') }}
    where document_type = 'invoice' and not is_fully_credited
),

deals as (
    select
        opportunity_id,
        closed_on,
        sale_type
    from {{ ref('fct_opportunity') }}
    where is_won
),

described as (
    select
        invoices.invoice_id,
        invoices.account_id,
        deals.opportunity_id,
        invoices.contract_line_id,
        invoices.invoice_date,
        invoices.due_date,
        invoices.settled_on,
        deals.closed_on,
        lines.start_date as service_start_on,
        case
            when deals.closed_on is not null and lines.start_date is not null
                then greatest(deals.closed_on, lines.start_date)
            else coalesce(deals.closed_on, lines.start_date)
        end as billable_on,
        invoices.gross_reporting_amount,
        invoices.unconverted_amount,
        deals.sale_type,
        invoices.region,
        invoices.segment,
        invoices.product_family
    from invoices
    left join deals
        on invoices.opportunity_id = deals.opportunity_id
    left join {{ ref('crm_contract_line') }} as lines
        on invoices.contract_line_id = lines.contract_line_id
    where invoices.line_invoice_no = 1
)

-- What was sold before invoices are loaded may have had earlier ones.
select described.*
from described
inner join invoice_window
    on described.billable_on >= invoice_window.first_month
