-- What a customer has brought after its acquisition cost and is still expected to bring. The
-- expectation of the month it was won is kept: that is what its acquisition cost paid for.
with customers as (
    select customers.*
    from {{ ref('fct_customer_month') }} as customers
    inner join {{ ref('meta_reporting') }} as reporting
        on customers.month_start >= reporting.first_month
    where customers.is_active_at_end
),

first_months as (
    select
        account_id,
        predictive_clv_amount as at_acquisition_clv_amount
    from customers
    where spell_no = 1 and month_start = {{ month_start('spell_start') }}
),

valued as (
    select
        customers.account_id,
        customers.month_start,
        customers.segment,
        customers.region,
        origins.lead_source,
        cast(customers.decile as varchar) as decile,
        origins.cohort_year,
        origins.is_older_than_data,
        customers.cm2_to_date_amount - customers.acquisition_cost_to_date_amount
            as historic_amount,
        customers.predictive_clv_amount as predictive_amount,
        customers.predictive_clv_before_service_amount as predictive_before_service_amount,
        customers.predictive_revenue_amount,
        first_months.at_acquisition_clv_amount as at_acquisition_amount
    from customers
    left join {{ ref('int_customer_origin') }} as origins
        on customers.account_id = origins.account_id
    left join first_months
        on customers.account_id = first_months.account_id
),

-- Historic and predictive value stand on the same customers, so that they add up to the total;
-- where acquisition cost is not known at all, the expectation stands alone.
with_knowledge as (
    select
        *,
        count(historic_amount) over (partition by month_start) > 0 as is_history_known
    from valued
)

select
    account_id,
    month_start,
    segment,
    region,
    lead_source,
    decile,
    cohort_year,
    coalesce(is_older_than_data, false) as is_older_than_data,
    is_history_known,
    case when predictive_amount is not null then historic_amount end as historic_amount,
    case
        when historic_amount is not null or not is_history_known then predictive_amount
    end as predictive_amount,
    historic_amount + predictive_amount as clv_amount,
    case when predictive_amount is not null then predictive_before_service_amount end
        as predictive_before_service_amount,
    predictive_amount as predictive_after_service_amount,
    predictive_revenue_amount,
    at_acquisition_amount
from with_knowledge
