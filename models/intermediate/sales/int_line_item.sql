with line_items as (
    select * from {{ ref('crm_opportunity_line_item') }}
),

deals as (
    select
        opportunity_id,
        account_id,
        currency
    from {{ ref('int_opportunity') }}
),

products as (
    select * from {{ ref('crm_product') }}
),

contract_lines as (
    select * from {{ ref('crm_contract_line') }}
)

select
    line_items.line_item_id,
    line_items.opportunity_id,
    deals.account_id,
    line_items.product_id,
    products.product_family,
    products.tier_rank,
    -- A product without a family is a family of its own: cross-sell until it has been bought.
    coalesce(products.product_family, 'product ' || line_items.product_id) as family_key,
    cast(line_items.quantity as double) as quantity,
    cast(line_items.net_amount as double) as net_amount,
    coalesce(line_items.currency, deals.currency) as currency,
    cast(line_items.direct_cost_amount as double) as direct_cost_amount,
    coalesce(line_items.is_recurring, false) as is_recurring,
    line_items.term_months,
    contract_lines.contract_line_id as replaced_contract_line_id,
    contract_lines.product_id as replaced_product_id,
    replaced_products.product_family as replaced_product_family,
    -- What the replaced line would have brought over the new term.
    cast(contract_lines.mrr_net_amount as double)
    * coalesce(line_items.term_months, 12) as replaced_net_amount,
    contract_lines.currency as replaced_currency
from line_items
inner join deals
    on line_items.opportunity_id = deals.opportunity_id
left join products
    on line_items.product_id = products.product_id
left join contract_lines
    on line_items.replaces_contract_line_id = contract_lines.contract_line_id
left join products as replaced_products
    on contract_lines.product_id = replaced_products.product_id
