select
    account_id,
    invoice_month as month_start,
    -- One document of unknown net amount leaves the revenue of the month unknown, one of unknown
    -- cost its margin.
    case when count_if(is_net_unknown) = 0 then coalesce(sum(net_revenue_amount), 0.0) end
        as net_revenue_amount,
    case
        when count_if(coalesce(net_revenue_amount, 0) <> 0 and direct_cost_amount is null) = 0
            then coalesce(sum(direct_cost_amount), 0.0)
    end as direct_cost_amount,
    case
        when
            count_if(is_net_unknown) = 0
            and count_if(coalesce(net_revenue_amount, 0) <> 0 and direct_cost_amount is null) = 0
            then coalesce(sum(cm1_amount), 0.0)
    end as cm1_amount,
    coalesce(sum(case when direct_cost_basis = 'standard' then abs(net_revenue_amount) end), 0.0)
        as standard_cost_revenue_amount,
    coalesce(sum(case when direct_cost_amount is null then abs(net_revenue_amount) end), 0.0)
        as uncosted_revenue_amount,
    sum(unconverted_amount) as unconverted_amount,
    cast(count_if(is_net_unknown) as bigint) as unknown_net_count
from {{ ref('int_invoice_margin') }}
where account_id is not null
group by account_id, invoice_month
