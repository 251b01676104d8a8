-- A won deal on its way to the money: the lead it came from, its first invoice, and the first of
-- its invoices that was settled.
with deals as (
    select * from {{ ref('fct_opportunity') }}
    where is_won and closed_on is not null
),

leads as (
    select * from {{ ref('int_deal_lead') }}
),

invoices as (
    select
        opportunity_id,
        min(invoice_date) as first_invoice_on,
        min_by(due_date, invoice_date) as first_due_on,
        min(settled_on) as first_settled_on,
        count(*) as invoice_count
    from {{ ref('int_starting_invoice') }}
    where opportunity_id is not null
    group by opportunity_id
)

select
    deals.opportunity_id,
    deals.account_id,
    leads.lead_id,
    leads.created_on as lead_created_on,
    deals.closed_on,
    invoices.first_invoice_on,
    invoices.first_due_on,
    invoices.first_settled_on,
    cast(invoices.invoice_count as integer) as invoice_count,
    cast({{ days_between('deals.closed_on', 'invoices.first_settled_on') }} as integer)
        as order_to_cash_days,
    cast({{ days_between('leads.created_on', 'invoices.first_settled_on') }} as integer)
        as lead_to_cash_days,
    deals.sale_type,
    deals.region,
    deals.segment,
    deals.lead_source,
    deals.campaign
from deals
inner join invoices
    on deals.opportunity_id = invoices.opportunity_id
left join leads
    on deals.opportunity_id = leads.opportunity_id
