-- What share of a deal's net value its direct cost is: from the cost of its lines, standard share
-- of the product where a line has none. A share needs every line: half the cost would be taken for
-- all of it.
with line_items as (
    select
        line_items.opportunity_id,
        line_items.product_id,
        products.product_family,
        cast(line_items.net_amount as double) as net_amount,
        coalesce(
            cast(line_items.direct_cost_amount as double),
            cast(line_items.net_amount as double)
            * cast(products.standard_direct_cost_pct as double)
        ) as cost_amount,
        line_items.direct_cost_amount is not null as is_booked,
        row_number() over (
            partition by line_items.opportunity_id
            order by
                case when products.product_family is null then 1 else 0 end,
                abs(line_items.net_amount) desc nulls last,
                line_items.line_item_id asc
        ) = 1 as is_largest
    from {{ ref('crm_opportunity_line_item') }} as line_items
    left join {{ ref('crm_product') }} as products
        on line_items.product_id = products.product_id
    where line_items.opportunity_id is not null
),

grouped as (
    select
        opportunity_id,
        product_id,
        case when grouping(product_id) = 0 then 'product' else 'deal' end as scope,
        -- Not max_by(): of two lines of one amount it takes either.
        case
            when grouping(product_id) = 0 then max(product_family)
            else max(case when is_largest then product_family end)
        end as product_family,
        sum(net_amount) as net_amount,
        sum(cost_amount) as cost_amount,
        count(*) as line_count,
        count(cost_amount) as costed_line_count,
        count_if(is_booked) as booked_line_count
    from line_items
    group by grouping sets ((opportunity_id, product_id), (opportunity_id))
)

select
    opportunity_id,
    scope,
    product_id,
    product_family,
    case
        when line_count = costed_line_count then cost_amount / nullif(net_amount, 0)
    end as cost_share,
    case when line_count = booked_line_count then 'deal' else 'standard' end as cost_share_basis
from grouped
