-- Net revenue and direct cost per document. Where a document has no cost of its own, the cost share
-- of the deal's lines stands in, then the standard share of the product (card
-- new_business_contribution_margin).
with invoices as (
    select
        invoice_id,
        account_id,
        document_type,
        invoice_date,
        opportunity_id,
        contract_line_id,
        -- Never the gross amount: without a tax amount the net one is unknown.
        coalesce(net_amount, gross_amount - tax_amount) as net_amount,
        coalesce(gross_amount, net_amount + tax_amount) as gross_amount,
        direct_cost_amount,
        currency
    from {{ ref('crm_invoice') }}
    where
        coalesce(status, 'open') <> 'void'
        and invoice_date <= {{ as_of_date() }}
),

contract_lines as (
    select
        contract_lines.contract_line_id,
        contract_lines.opportunity_id,
        contract_lines.product_id,
        products.product_family,
        cast(products.standard_direct_cost_pct as double) as standard_cost_share
    from {{ ref('crm_contract_line') }} as contract_lines
    left join {{ ref('crm_product') }} as products
        on contract_lines.product_id = products.product_id
),

shares as (
    select * from {{ ref('int_deal_cost_share') }}
),

with_shares as (
    select
        invoices.*,
        coalesce(contract_lines.product_family, deal_shares.product_family) as product_family,
        coalesce(
            product_shares.cost_share,
            deal_shares.cost_share,
            contract_lines.standard_cost_share
        )
            as cost_share,
        case
            when product_shares.cost_share is not null then product_shares.cost_share_basis
            when deal_shares.cost_share is not null then deal_shares.cost_share_basis
            when contract_lines.standard_cost_share is not null then 'standard'
        end as cost_share_basis
    from invoices
    left join contract_lines
        on invoices.contract_line_id = contract_lines.contract_line_id
    left join shares as product_shares
        on
            coalesce(invoices.opportunity_id, contract_lines.opportunity_id)
            = product_shares.opportunity_id
            and contract_lines.product_id = product_shares.product_id
            and product_shares.scope = 'product'
    left join shares as deal_shares
        on
            coalesce(invoices.opportunity_id, contract_lines.opportunity_id)
            = deal_shares.opportunity_id
            and deal_shares.scope = 'deal'
),

converted as (
    select
        with_shares.*,
        {{ reporting_amount('with_shares.net_amount', 'with_shares.currency') }}
            as net_revenue_amount,
        {{ reporting_amount('with_shares.gross_amount', 'with_shares.currency') }}
            as gross_revenue_amount,
        {{ reporting_amount('with_shares.direct_cost_amount', 'with_shares.currency') }}
            as booked_cost_amount,
        {{ unconverted_amount('with_shares.net_amount', 'with_shares.currency') }}
            as unconverted_amount
    from with_shares
    {{ fx_join('fx', 'with_shares.currency', 'with_shares.invoice_date') }}
),

costed as (
    select
        *,
        case
            when direct_cost_amount is not null then booked_cost_amount
            else net_revenue_amount * cost_share
        end as cost_amount
    from converted
)

select
    invoice_id,
    account_id,
    coalesce(document_type, 'invoice') as document_type,
    invoice_date,
    {{ month_start('invoice_date') }} as invoice_month,
    opportunity_id,
    contract_line_id,
    product_family,
    net_amount is null as is_net_unknown,
    gross_revenue_amount as gross_amount,
    net_revenue_amount,
    cost_amount as direct_cost_amount,
    case
        when direct_cost_amount is not null then 'invoice'
        else cost_share_basis
    end as direct_cost_basis,
    net_revenue_amount - cost_amount as cm1_amount,
    unconverted_amount
from costed
