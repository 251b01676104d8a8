with months as (
    select
        month_start,
        has_service_cost
    from {{ ref('int_finance_month') }}
),

customers as (
    select
        account_id,
        month_start,
        region,
        segment,
        is_active_at_end
    from {{ ref('fct_customer_month') }}
),

premium_lines as (
    select
        lines.account_id,
        lines.month_start,
        {{ reporting_amount('lines.mrr_amount', 'lines.currency') }} as mrr_amount,
        {{ unconverted_amount('lines.mrr_amount', 'lines.currency') }} as unconverted_amount
    from {{ ref('int_contract_line_month') }} as lines
    inner join {{ ref('dim_product') }} as products
        on
            lines.product_id = products.product_id
            and products.service_tier in ('premium', '24x7')
    {{ fx_join('fx', 'lines.currency', 'lines.month_end') }}
),

parts as (
    select
        account_id,
        month_start,
        1 as line_count,
        mrr_amount,
        0.0 as case_cost_amount,
        0 as case_count,
        unconverted_amount
    from premium_lines
    union all
    select
        account_id,
        month_start,
        0 as line_count,
        0.0 as mrr_amount,
        cost_amount as case_cost_amount,
        1 as case_count,
        unconverted_amount
    from {{ ref('int_case_service_cost') }}
    where is_premium
    union all
    select
        account_id,
        month_start,
        0 as line_count,
        0.0 as mrr_amount,
        0.0 as case_cost_amount,
        0 as case_count,
        0.0 as unconverted_amount
    from customers
    where is_active_at_end
),

services as (
    select
        account_id,
        month_start,
        cast(sum(line_count) as integer) as premium_line_count,
        coalesce(sum(mrr_amount), 0.0) as mrr_amount,
        coalesce(sum(case_cost_amount), 0.0) as case_cost_amount,
        cast(sum(case_count) as integer) as case_count,
        sum(unconverted_amount) as unconverted_amount
    from parts
    group by account_id, month_start
)

select
    services.account_id,
    services.month_start,
    coalesce(customers.region, accounts.region) as region,
    coalesce(customers.segment, accounts.segment) as segment,
    coalesce(customers.is_active_at_end, false) as is_active_at_end,
    services.premium_line_count > 0 as has_premium_line,
    services.premium_line_count,
    services.mrr_amount,
    services.case_count,
    months.has_service_cost as is_cost_known,
    case when months.has_service_cost then services.case_cost_amount end as case_cost_amount,
    case when months.has_service_cost then services.mrr_amount - services.case_cost_amount end
        as margin_amount,
    services.unconverted_amount
from services
inner join months
    on services.month_start = months.month_start
left join customers
    on
        services.account_id = customers.account_id
        and services.month_start = customers.month_start
left join {{ ref('dim_account') }} as accounts
    on services.account_id = accounts.account_id
