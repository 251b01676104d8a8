-- What customers brought (CM1) and cost, month by month: acquisition, retention and CRM cost as
-- they are allocated, service cost by working time, its rest evenly over the customers of the
-- month, in one category: its own ones have metrics of their own.
with service_costs as (
    select
        month_start,
        account_id,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_service_cost_month') }}
    group by month_start, account_id
),

customers as (
    select
        account_id,
        month_start
    from {{ ref('int_customer_month') }}
),

customer_counts as (
    select
        month_start,
        count(*) as customer_count
    from customers
    group by month_start
),

rest_per_customer as (
    select
        service_costs.month_start,
        service_costs.cost_amount / coalesce(nullif(counts.customer_count, 0), 1) as cost_amount,
        service_costs.unconverted_amount / coalesce(nullif(counts.customer_count, 0), 1)
            as unconverted_amount
    from service_costs
    left join customer_counts as counts
        on service_costs.month_start = counts.month_start
    where service_costs.account_id is null
),

service_parts as (
    select
        account_id,
        month_start,
        cost_amount,
        unconverted_amount
    from service_costs
    where account_id is not null
    union all
    select
        customers.account_id,
        rest_per_customer.month_start,
        rest_per_customer.cost_amount,
        rest_per_customer.unconverted_amount
    from rest_per_customer
    left join customers
        on rest_per_customer.month_start = customers.month_start
),

amounts as (
    select
        account_id,
        invoice_month as month_start,
        cast(null as varchar) as cost_pool,
        cast(null as varchar) as cost_category,
        coalesce(sum(cm1_amount), 0.0) as cm1_amount,
        0.0 as cost_amount,
        sum(unconverted_amount) as unconverted_amount,
        -- At most the gross amount is missing; without one, nobody knows how much.
        sum(case
            when is_net_unknown then coalesce(abs(gross_amount), 1e15)
            when direct_cost_amount is null then abs(coalesce(net_revenue_amount, 0.0))
            else 0.0
        end) as unknown_margin_amount
    from {{ ref('int_invoice_margin') }}
    where account_id is not null
    group by account_id, invoice_month
    union all
    select
        account_id,
        month_start,
        cost_pool,
        cost_category,
        0.0 as cm1_amount,
        cost_amount,
        unconverted_amount,
        0.0 as unknown_margin_amount
    from {{ ref('int_pool_cost_month') }}
    union all
    select
        account_id,
        month_start,
        'service' as cost_pool,
        'service' as cost_category,
        0.0 as cm1_amount,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount,
        0.0 as unknown_margin_amount
    from service_parts
    group by account_id, month_start
)

select
    amounts.account_id,
    amounts.month_start,
    amounts.cost_pool,
    amounts.cost_category,
    case
        when attributes.account_id is not null then attributes.segment
        else accounts.segment
    end as segment,
    case
        when attributes.account_id is not null then attributes.region
        else accounts.region
    end as region,
    origins.cohort_year,
    amounts.cm1_amount,
    amounts.cost_amount,
    amounts.unconverted_amount,
    amounts.unknown_margin_amount
from amounts
left join {{ ref('int_customer_attribute_month') }} as attributes
    on
        amounts.account_id = attributes.account_id
        and amounts.month_start = attributes.month_start
left join {{ ref('dim_account') }} as accounts
    on amounts.account_id = accounts.account_id
left join {{ ref('int_customer_origin') }} as origins
    on amounts.account_id = origins.account_id
