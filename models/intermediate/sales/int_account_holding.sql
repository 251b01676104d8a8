-- What an account has bought, by the deal it came with: won lines, and contract lines that may be
-- older than the deals the CRM knows.
with bought_lines as (
    select
        lines.account_id,
        lines.opportunity_id,
        lines.family_key,
        lines.tier_rank,
        outcomes.outcome_on as bought_on
    from {{ ref('int_line_item') }} as lines
    inner join {{ ref('int_opp_outcome') }} as outcomes
        on lines.opportunity_id = outcomes.opportunity_id
    where outcomes.outcome = 'won'
    union all
    select
        contract_lines.account_id,
        contract_lines.opportunity_id,
        coalesce(products.product_family, 'product ' || contract_lines.product_id) as family_key,
        products.tier_rank,
        contract_lines.start_date as bought_on
    from {{ ref('int_contract_line_spell') }} as contract_lines
    left join {{ ref('crm_product') }} as products
        on contract_lines.product_id = products.product_id
)

select
    account_id,
    opportunity_id,
    family_key,
    tier_rank,
    min(bought_on) as first_bought_on
from bought_lines
where account_id is not null and family_key is not null and bought_on is not null
group by account_id, opportunity_id, family_key, tier_rank
