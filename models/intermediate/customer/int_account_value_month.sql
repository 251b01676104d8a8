-- Margins of the last twelve months and since the beginning. A rolling year that reaches outside
-- the loaded months is unknown, and so is one with a month of unknown margin.
with account_months as (
    select
        months.account_id,
        months.month_start,
        extract(year from months.month_start) * 12 + extract(month from months.month_start)
            as month_no,
        months.net_revenue_amount,
        months.cm1_amount,
        months.cm2_amount,
        months.cm3_amount,
        months.acquisition_cost_amount,
        coverage.has_cm2_r12,
        coverage.has_invoice_r12,
        coverage.has_invoice and coverage.has_service_cost as is_covered,
        -- Revenue that could not be converted would make a good customer look like a bad one.
        coverage.has_invoice and coverage.has_service_cost
        and (months.cm2_amount is null or months.unconverted_amount > 0) as is_unknown,
        -- Who left on the first day of a month was a customer until the day before only.
        coalesce(customers.is_active_at_end or customers.churn_date > months.month_start, false)
            as is_customer_month
    from {{ ref('int_account_month') }} as months
    inner join {{ ref('int_finance_month') }} as coverage
        on months.month_start = coverage.month_start
    left join {{ ref('int_customer_month') }} as customers
        on
            months.account_id = customers.account_id
            and months.month_start = customers.month_start
),

windowed as (
    select
        account_id,
        month_start,
        has_cm2_r12,
        has_invoice_r12,
        sum(net_revenue_amount) over last_year as net_revenue_amount,
        sum(cm1_amount) over last_year as cm1_amount,
        sum(cm2_amount) over last_year as cm2_amount,
        sum(cm3_amount) over last_year as cm3_amount,
        sum(case when cm2_amount is not null and cm3_amount is null then 1 else 0 end)
            over last_year as months_without_retention_cost,
        sum(case when is_unknown then 1 else 0 end) over last_year as unknown_months,
        sum(case when is_customer_month and is_covered then 1 else 0 end) over last_year
            as customer_months,
        sum(cm2_amount) over so_far as cm2_to_date_amount,
        sum(case when is_unknown then 1 else 0 end) over so_far as unknown_months_to_date,
        sum(acquisition_cost_amount) over so_far as acquisition_cost_to_date_amount
    from account_months
    window
        last_year as (
            partition by account_id order by month_no
            range between 11 preceding and current row
        ),
        so_far as (
            partition by account_id order by month_no
            range between unbounded preceding and current row
        )
)

select
    account_id,
    month_start,
    case when has_invoice_r12 then net_revenue_amount end as net_revenue_r12_amount,
    case when has_invoice_r12 and unknown_months = 0 then cm1_amount end as cm1_r12_amount,
    case when has_cm2_r12 and unknown_months = 0 then cm2_amount end as cm2_r12_amount,
    case
        when has_cm2_r12 and unknown_months = 0 and months_without_retention_cost = 0
            then cm3_amount
    end as cm3_r12_amount,
    cast(customer_months as integer) as covered_customer_months,
    case
        when unknown_months = 0 then cm2_amount / nullif(customer_months, 0)
    end as mean_cm2_amount,
    case
        when unknown_months = 0 then cm1_amount / nullif(customer_months, 0)
    end as mean_cm1_amount,
    case when unknown_months = 0 then net_revenue_amount / nullif(customer_months, 0) end
        as mean_net_revenue_amount,
    case when unknown_months_to_date = 0 then cm2_to_date_amount end as cm2_to_date_amount,
    acquisition_cost_to_date_amount
from windowed
