-- The sale type of every line of every deal: deep = more of the same, up = higher variant, cross =
-- another product.
with occasions as (
    select * from {{ ref('int_sale_occasion') }}
),

lines as (
    select
        line_items.*,
        occasions.occasion,
        occasions.occasion_no,
        occasions.classified_on,
        occasions.is_won,
        occasions.cancelled_on,
        occasions.first_win_on,
        occasions.has_earlier_spell,
        occasions.has_spell_before_grace,
        occasions.is_customer_day_before
    from {{ ref('int_line_item') }} as line_items
    inner join occasions
        on line_items.opportunity_id = occasions.opportunity_id
),

holdings_before as (
    select
        lines.line_item_id,
        lines.occasion,
        lines.occasion_no,
        max(holdings.tier_rank) as highest_tier_before
    from lines
    inner join {{ ref('int_account_holding') }} as holdings
        on
            lines.account_id = holdings.account_id
            and lines.family_key = holdings.family_key
            and lines.classified_on > holdings.first_bought_on
            and lines.opportunity_id is distinct from holdings.opportunity_id
    group by lines.line_item_id, lines.occasion, lines.occasion_no
),

-- The replaced line in the currency of the new one, both at the rate of the day.
valued_lines as (
    select
        lines.*,
        holdings_before.line_item_id is not null as has_bought_family,
        holdings_before.highest_tier_before,
        case
            when lines.replaced_contract_line_id is null then 0.0
            when lines.replaced_currency = lines.currency then lines.replaced_net_amount
            else
                {{ reporting_amount(
                    'lines.replaced_net_amount', 'lines.replaced_currency', 'replaced_fx'
                ) }}
                / nullif({{ reporting_amount('1', 'lines.currency') }}, 0)
        end as replaced_amount,
        {{ reporting_amount('1', 'lines.currency') }} as rate,
        {{ unconverted_amount('lines.net_amount', 'lines.currency') }}
        + {{ unconverted_amount(
            'lines.replaced_net_amount', 'lines.replaced_currency', 'replaced_fx'
        ) }} as unconverted_amount
    from lines
    left join holdings_before
        on
            lines.line_item_id = holdings_before.line_item_id
            and lines.occasion = holdings_before.occasion
            and lines.occasion_no = holdings_before.occasion_no
    {{ fx_join('fx', 'lines.currency', 'lines.classified_on') | indent(4) }}
    {{ fx_join('replaced_fx', 'lines.replaced_currency', 'lines.classified_on') | indent(4) }}
),

-- A cent per month of term is rounding of the monthly price, not growth.
compared_lines as (
    select
        *,
        case
            when
                replaced_contract_line_id is not null
                and abs(net_amount - replaced_amount) <= 0.01 * coalesce(term_months, 12) + 1e-9
                then 0.0
            else net_amount - replaced_amount
        end as difference
    from valued_lines
)

select
    line_item_id,
    opportunity_id,
    account_id,
    occasion,
    occasion_no,
    classified_on,
    is_won,
    cancelled_on,
    product_id,
    product_family,
    quantity,
    term_months,
    is_recurring,
    replaced_contract_line_id,
    case
        -- Nobody knows what a buyer without an account had before.
        when account_id is null then null
        when is_won and classified_on = first_win_on and not has_spell_before_grace
            then 'first_sale'
        when
            not is_won
            and coalesce(first_win_on >= classified_on, true)
            and not has_earlier_spell
            then 'first_sale'
        when has_earlier_spell and not is_customer_day_before then 'win_back'
        when
            difference <= 0
            and (
                product_id = replaced_product_id
                or coalesce(product_family = replaced_product_family, false)
            )
            then 'renewal'
        when product_id = replaced_product_id then 'deep_sell'
        when tier_rank > highest_tier_before then 'up_sell'
        when has_bought_family then 'deep_sell'
        else 'cross_sell'
    end as sale_type,
    product_family is null as is_family_unknown,
    net_amount * rate as net_amount,
    replaced_amount * rate as replaced_amount,
    difference * rate as incremental_amount,
    direct_cost_amount * rate as direct_cost_amount,
    unconverted_amount
from compared_lines
