with invoices as (
    select * from {{ ref('int_invoice') }}
)

select
    invoice_id,
    account_id,
    opportunity_id,
    contract_line_id,
    document_type,
    invoice_date,
    due_date,
    is_due_date_assumed,
    term_days,
    payment_term,
    currency,
    gross_amount,
    due_amount,
    paid_amount,
    written_off_amount,
    open_amount,
    cast(payment_count as integer) as payment_count,
    cast(reversal_count as integer) as reversal_count,
    settled_on,
    settled_on is not null as is_settled,
    coalesce(settled_on <= due_date, false) as is_on_time,
    cast({{ days_between('invoice_date', 'settled_on') }} as integer) as days_to_settle,
    is_fully_credited,
    is_overpaid,
    coalesce(open_amount > {{ parameter('ledger_tolerance') }}, false) as is_open,
    coalesce(
        open_amount > {{ parameter('ledger_tolerance') }} and due_date < {{ as_of_date() }}, false
    ) as is_overdue,
    written_off_on,
    written_off_on is not null as is_written_off,
    is_disputed,
    reason,
    dunning_level,
    region,
    country,
    segment,
    owner_user_id,
    rep,
    product_family,
    gross_reporting_amount,
    written_off_reporting_amount,
    unconverted_amount
from invoices
