-- The lines of won deals: what revenue by sale type is made of.
with won_lines as (
    select *
    from {{ ref('int_sale_line_type') }}
    where occasion = 'outcome' and is_won
),

outcomes as (
    select
        opportunity_id,
        owner_user_id
    from {{ ref('int_opp_outcome') }}
),

deal_types as (
    select
        opportunity_id,
        is_type_conflict
    from {{ ref('int_deal_sale_type') }}
    where occasion = 'outcome'
)

select
    won_lines.line_item_id,
    won_lines.opportunity_id,
    won_lines.account_id,
    won_lines.classified_on as closed_on,
    outcomes.owner_user_id,
    won_lines.product_id,
    won_lines.product_family,
    won_lines.quantity,
    won_lines.term_months,
    won_lines.is_recurring,
    won_lines.replaced_contract_line_id,
    won_lines.sale_type,
    won_lines.is_family_unknown,
    deal_types.is_type_conflict,
    won_lines.net_amount,
    won_lines.replaced_amount,
    won_lines.incremental_amount,
    won_lines.direct_cost_amount,
    won_lines.unconverted_amount
from won_lines
inner join outcomes
    on won_lines.opportunity_id = outcomes.opportunity_id
inner join deal_types
    on won_lines.opportunity_id = deal_types.opportunity_id
