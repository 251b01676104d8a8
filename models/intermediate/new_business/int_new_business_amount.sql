-- What customers brought and cost in their first new_business_months, month 0 being the one they
-- were won in: their documents, and their share of the service cost.
with customers as (
    select
        account_id,
        cohort_month,
        {{ date_plus_months('cohort_month', parameter('new_business_months')) }} as end_month,
        region,
        segment,
        rep,
        lead_source
    from {{ ref('int_new_customer') }}
),

service_costs as (
    select
        account_id,
        month_start,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_service_cost_month') }}
    group by account_id, month_start
),

documents as (
    select
        account_id,
        invoice_month as month_start,
        invoice_date as booked_on,
        'document' as amount_type,
        product_family,
        net_revenue_amount,
        case
            when coalesce(net_revenue_amount, 0) = 0 or direct_cost_amount is not null
                then coalesce(cm1_amount, 0.0)
        end as cm1_amount,
        0.0 as service_cost_amount,
        case
            when direct_cost_basis = 'standard' then abs(net_revenue_amount)
            else 0.0
        end as standard_cost_revenue_amount,
        case
            when direct_cost_amount is null then abs(coalesce(net_revenue_amount, 0.0))
            else 0.0
        end as uncosted_revenue_amount,
        -- At most the gross amount is missing; without one, nobody knows how much.
        case
            when is_net_unknown then coalesce(abs(gross_amount), cast('infinity' as double))
            else 0.0
        end as unknown_net_amount,
        unconverted_amount
    from {{ ref('int_invoice_margin') }}
),

services as (
    select
        account_id,
        month_start,
        month_start as booked_on,
        'service cost' as amount_type,
        cast(null as varchar) as product_family,
        0.0 as net_revenue_amount,
        0.0 as cm1_amount,
        cost_amount as service_cost_amount,
        0.0 as standard_cost_revenue_amount,
        0.0 as uncosted_revenue_amount,
        0.0 as unknown_net_amount,
        unconverted_amount
    from service_costs
),

amounts as (
    select * from documents
    union all
    select * from services
)

select
    amounts.account_id,
    amounts.booked_on,
    amounts.amount_type,
    substr(cast(customers.cohort_month as varchar), 1, 7) as cohort_month,
    customers.region,
    customers.segment,
    customers.rep,
    customers.lead_source,
    amounts.product_family,
    amounts.net_revenue_amount,
    amounts.cm1_amount,
    amounts.service_cost_amount,
    amounts.standard_cost_revenue_amount,
    amounts.uncosted_revenue_amount,
    amounts.unknown_net_amount,
    amounts.unconverted_amount
from amounts
inner join customers
    on
        amounts.account_id = customers.account_id
        and amounts.month_start >= customers.cohort_month
        and amounts.month_start < customers.end_month
