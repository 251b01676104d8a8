-- What a won deal is worth: the margin of its lines over what they replace. Invoices stand in for a
-- deal without lines. The booked value is taken because that of a subscription is invoiced over
-- years, which would make every young campaign a loss.
with sale_lines as (
    select
        sale_lines.opportunity_id,
        sale_lines.incremental_amount as net_amount,
        sale_lines.incremental_amount * (1 - shares.cost_share) as cm1_amount,
        sale_lines.unconverted_amount
    from {{ ref('int_sale_line') }} as sale_lines
    left join {{ ref('int_deal_cost_share') }} as shares
        on
            sale_lines.opportunity_id = shares.opportunity_id
            and sale_lines.product_id = shares.product_id
            and shares.scope = 'product'
),

line_margins as (
    select
        opportunity_id,
        sum(net_amount) as net_amount,
        -- Half of the margin is no margin.
        case when count(*) = count(cm1_amount) then sum(cm1_amount) end as cm1_amount,
        sum(unconverted_amount) as unconverted_amount
    from sale_lines
    group by opportunity_id
),

invoice_margins as (
    select
        opportunity_id,
        sum(net_revenue_amount) as net_amount,
        case when count(*) = count(cm1_amount) then sum(cm1_amount) end as cm1_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_invoice_margin') }}
    where opportunity_id is not null
    group by opportunity_id
),

deals as (
    select
        opportunity_id,
        outcome
    from {{ ref('int_opp_outcome') }}
)

-- A deal that was not won brought nothing.
select
    deals.opportunity_id,
    case
        when deals.outcome <> 'won' then 'not won'
        when line_margins.opportunity_id is not null then 'line items'
        when invoice_margins.opportunity_id is not null then 'invoices'
    end as margin_basis,
    case
        when deals.outcome <> 'won' then 0.0
        when line_margins.opportunity_id is not null then line_margins.net_amount
        else invoice_margins.net_amount
    end as net_amount,
    case
        when deals.outcome <> 'won' then 0.0
        when line_margins.opportunity_id is not null then line_margins.cm1_amount
        else invoice_margins.cm1_amount
    end as cm1_amount,
    case
        when deals.outcome <> 'won' then 0.0
        else coalesce(line_margins.unconverted_amount, invoice_margins.unconverted_amount, 0.0)
    end as unconverted_amount
from deals
left join line_margins
    on deals.opportunity_id = line_margins.opportunity_id
left join invoice_margins
    on deals.opportunity_id = invoice_margins.opportunity_id
