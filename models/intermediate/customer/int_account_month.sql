-- Everything an account brought and cost per month. Parts whose source does not cover the month are
-- NULL, never 0; CM2 needs revenue, direct cost and service cost (C9).
with account_months as (
    select
        account_id,
        month_start
    from {{ ref('int_customer_month') }}
    union distinct
    select
        account_id,
        month_start
    from {{ ref('int_revenue_month') }}
    union distinct
    select
        account_id,
        month_start
    from {{ ref('int_service_cost_month') }}
    where account_id is not null
    union distinct
    select
        account_id,
        month_start
    from {{ ref('int_retention_cost_month') }}
    where account_id is not null
    union distinct
    select
        account_id,
        month_start
    from {{ ref('int_acquisition_cost_month') }}
    where account_id is not null
),

service_costs as (
    select
        account_id,
        month_start,
        sum(cost_amount) as service_cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_service_cost_month') }}
    group by account_id, month_start
),

parts as (
    select
        account_months.account_id,
        account_months.month_start,
        case
            when coverage.has_contract_line then coalesce(mrr.opening_mrr_amount, 0.0)
        end as opening_mrr_amount,
        case
            when coverage.has_contract_line then coalesce(mrr.new_mrr_amount, 0.0)
        end as new_mrr_amount,
        case
            when coverage.has_contract_line then coalesce(mrr.expansion_mrr_amount, 0.0)
        end as expansion_mrr_amount,
        case
            when coverage.has_contract_line then coalesce(mrr.contraction_mrr_amount, 0.0)
        end as contraction_mrr_amount,
        case
            when coverage.has_contract_line then coalesce(mrr.churn_mrr_amount, 0.0)
        end as churn_mrr_amount,
        case
            when coverage.has_contract_line then coalesce(mrr.reactivation_mrr_amount, 0.0)
        end as reactivation_mrr_amount,
        case
            when coverage.has_contract_line then coalesce(mrr.closing_mrr_amount, 0.0)
        end as closing_mrr_amount,
        case
            when coverage.has_contract_line then coalesce(mrr.contracted_mrr_amount, 0.0)
        end as contracted_mrr_amount,
        case
            when coverage.has_invoice
                then case
                        when revenue.account_id is null then 0.0
                        else revenue.net_revenue_amount
                    end
        end as net_revenue_amount,
        case
            when coverage.has_invoice
                then case
                        when revenue.account_id is null then 0.0
                        else revenue.direct_cost_amount
                    end
        end as direct_cost_amount,
        case
            when coverage.has_service_cost then coalesce(service_costs.service_cost_amount, 0.0)
        end as service_cost_amount,
        case when coverage.has_retention_cost then coalesce(retention.cost_amount, 0.0) end
            as retention_cost_amount,
        case when coverage.has_acquisition_cost then coalesce(acquisition.cost_amount, 0.0) end
            as acquisition_cost_amount,
        coalesce(revenue.standard_cost_revenue_amount, 0.0) as standard_cost_revenue_amount,
        coalesce(revenue.uncosted_revenue_amount, 0.0) as uncosted_revenue_amount,
        coalesce(mrr.unconverted_amount, 0.0) as unconverted_mrr_amount,
        coalesce(revenue.unconverted_amount, 0.0) + coalesce(service_costs.unconverted_amount, 0.0)
            as unconverted_amount
    from account_months
    inner join {{ ref('int_finance_month') }} as coverage
        on account_months.month_start = coverage.month_start
    left join {{ ref('int_mrr_month') }} as mrr
        on
            account_months.account_id = mrr.account_id
            and account_months.month_start = mrr.month_start
    left join {{ ref('int_revenue_month') }} as revenue
        on
            account_months.account_id = revenue.account_id
            and account_months.month_start = revenue.month_start
    left join service_costs
        on
            account_months.account_id = service_costs.account_id
            and account_months.month_start = service_costs.month_start
    left join {{ ref('int_retention_cost_month') }} as retention
        on
            account_months.account_id = retention.account_id
            and account_months.month_start = retention.month_start
    left join {{ ref('int_acquisition_cost_month') }} as acquisition
        on
            account_months.account_id = acquisition.account_id
            and account_months.month_start = acquisition.month_start
)

select
    account_id,
    month_start,
    opening_mrr_amount,
    new_mrr_amount,
    expansion_mrr_amount,
    contraction_mrr_amount,
    churn_mrr_amount,
    reactivation_mrr_amount,
    closing_mrr_amount,
    contracted_mrr_amount,
    unconverted_mrr_amount,
    net_revenue_amount,
    direct_cost_amount,
    net_revenue_amount - direct_cost_amount as cm1_amount,
    service_cost_amount,
    net_revenue_amount - direct_cost_amount - service_cost_amount as cm2_amount,
    retention_cost_amount,
    net_revenue_amount - direct_cost_amount - service_cost_amount - retention_cost_amount
        as cm3_amount,
    acquisition_cost_amount,
    standard_cost_revenue_amount,
    uncosted_revenue_amount,
    unconverted_amount
from parts
