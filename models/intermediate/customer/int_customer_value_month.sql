-- What a customer has brought and is expected to bring, at the end of each month.
with customers as (
    select
        customers.account_id,
        customers.month_start,
        coalesce(attributes.segment, '(unknown)') as segment,
        attributes.tenure_months
    from {{ ref('int_customer_month') }} as customers
    inner join {{ ref('int_customer_attribute_month') }} as attributes
        on
            customers.account_id = attributes.account_id
            and customers.month_start = attributes.month_start
    where customers.is_active_at_end
),

with_margins as (
    select
        customers.*,
        margins.covered_customer_months,
        margins.cm2_r12_amount,
        margins.mean_cm2_amount,
        margins.mean_cm1_amount,
        margins.mean_net_revenue_amount,
        margins.cm2_to_date_amount,
        margins.acquisition_cost_to_date_amount,
        margins.covered_customer_months >= {{ parameter('clv_min_months') }} as has_own_margin
    from customers
    left join {{ ref('int_account_value_month') }} as margins
        on
            customers.account_id = margins.account_id
            and customers.month_start = margins.month_start
),

-- Too young to have a margin of its own: that of its segment.
segment_margins as (
    select
        segment,
        month_start,
        sum(mean_cm2_amount * covered_customer_months) / nullif(sum(
            case when mean_cm2_amount is not null then covered_customer_months end
        ), 0) as mean_cm2_amount,
        sum(mean_cm1_amount * covered_customer_months) / nullif(sum(
            case when mean_cm1_amount is not null then covered_customer_months end
        ), 0) as mean_cm1_amount,
        sum(mean_net_revenue_amount * covered_customer_months) / nullif(sum(
            case when mean_net_revenue_amount is not null then covered_customer_months end
        ), 0) as mean_net_revenue_amount
    from with_margins
    where has_own_margin
    group by segment, month_start
),

expectations as (
    select
        with_margins.account_id,
        with_margins.month_start,
        with_margins.tenure_months,
        with_margins.cm2_r12_amount,
        with_margins.cm2_to_date_amount,
        with_margins.acquisition_cost_to_date_amount,
        case when with_margins.has_own_margin then 'customer' else 'segment' end as margin_basis,
        case
            when with_margins.has_own_margin then with_margins.mean_cm2_amount
            else segment_margins.mean_cm2_amount
        end as monthly_cm2_amount,
        case
            when with_margins.has_own_margin then with_margins.mean_cm1_amount
            else segment_margins.mean_cm1_amount
        end as monthly_cm1_amount,
        case
            when with_margins.has_own_margin then with_margins.mean_net_revenue_amount
            else segment_margins.mean_net_revenue_amount
        end as monthly_net_revenue_amount,
        coalesce(own_retention.monthly_retention_rate, all_retention.monthly_retention_rate)
            as monthly_retention_rate
    from with_margins
    left join segment_margins
        on
            with_margins.segment = segment_margins.segment
            and with_margins.month_start = segment_margins.month_start
    left join {{ ref('int_segment_retention_month') }} as own_retention
        on
            with_margins.segment = own_retention.segment
            and with_margins.month_start = own_retention.month_start
    left join {{ ref('int_segment_retention_month') }} as all_retention
        on
            all_retention.segment is null
            and with_margins.month_start = all_retention.month_start
)

select
    account_id,
    month_start,
    cm2_r12_amount,
    -- Customers of unknown margin have no rank and take no place.
    case
        when cm2_r12_amount is not null
            then cast(ntile(10) over (
                    partition by month_start, cm2_r12_amount is null
                    order by cm2_r12_amount desc, account_id asc
                ) as integer)
    end as decile,
    -- The first year carries the cost of onboarding and is not judged.
    case
        when tenure_months >= {{ parameter('loyal_months') }} then cm2_r12_amount < 0
    end as is_unprofitable,
    margin_basis,
    monthly_cm2_amount,
    monthly_retention_rate,
    {{ remaining_value(
        'monthly_cm2_amount', 'monthly_retention_rate', monthly_discount_rate(),
        parameter('clv_horizon_months')
    ) }} as predictive_clv_amount,
    {{ remaining_value(
        'monthly_cm1_amount', 'monthly_retention_rate', monthly_discount_rate(),
        parameter('clv_horizon_months')
    ) }} as predictive_clv_before_service_amount,
    {{ remaining_value(
        'monthly_net_revenue_amount', 'monthly_retention_rate', monthly_discount_rate(),
        parameter('clv_horizon_months')
    ) }} as predictive_revenue_amount,
    cm2_to_date_amount,
    acquisition_cost_to_date_amount
from expectations
