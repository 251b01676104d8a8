-- Every family that makes sense for an active customer (seed segment_family_relevance) and whether
-- it has it: a contract line in force, a one-off purchase, or a subscription no contract line
-- shows.
with customers as (
    select
        customers.account_id,
        customers.month_start,
        customers.month_end,
        attributes.segment,
        attributes.region,
        attributes.rep
    from {{ ref('int_customer_month') }} as customers
    inner join {{ ref('int_customer_attribute_month') }} as attributes
        on
            customers.account_id = attributes.account_id
            and customers.month_start = attributes.month_start
    where customers.is_active_at_end
),

contract_lines as (
    select
        lines.account_id,
        lines.opportunity_id,
        products.product_family,
        lines.start_date as held_from,
        coalesce(lines.end_date, date '9999-12-31') as held_to
    from {{ ref('int_contract_line_spell') }} as lines
    inner join {{ ref('crm_product') }} as products
        on lines.product_id = products.product_id
),

deals_with_contract as (
    select distinct opportunity_id
    from contract_lines
    where opportunity_id is not null
),

holdings as (
    select
        account_id,
        product_family,
        held_from,
        held_to
    from contract_lines
    union all
    select
        lines.account_id,
        lines.product_family,
        lines.closed_on as held_from,
        case
            when lines.is_recurring and lines.term_months is not null
                then
                    {{ date_plus_days(
                        date_plus_months('lines.closed_on', 'lines.term_months'), -1
                    ) }}
            else date '9999-12-31'
        end as held_to
    from {{ ref('int_sale_line') }} as lines
    left join deals_with_contract
        on lines.opportunity_id = deals_with_contract.opportunity_id
    where not coalesce(lines.is_recurring, false) or deals_with_contract.opportunity_id is null
)

select
    customers.account_id,
    customers.month_start,
    relevance.product_family,
    customers.segment,
    customers.region,
    customers.rep,
    count(holdings.account_id) > 0 as is_owned
from customers
inner join {{ ref('segment_family_relevance') }} as relevance
    on customers.segment = relevance.segment
left join holdings
    on
        customers.account_id = holdings.account_id
        and relevance.product_family = holdings.product_family
        and customers.month_end >= holdings.held_from
        and customers.month_end <= holdings.held_to
group by
    customers.account_id,
    customers.month_start,
    relevance.product_family,
    customers.segment,
    customers.region,
    customers.rep
