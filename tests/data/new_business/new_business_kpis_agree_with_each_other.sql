-- What must be equal by definition: new customers are the first sales and first spells of the
-- building blocks; revenue of the cohorts is that of new business; CM2 is CM1 less the service cost
-- of the same customers; allocated acquisition cost is what was booked, in the cohorts as in CAC;
-- gross less VAT less credit notes is net; a return above 0 at an age is a break-even by then.
{%- set lag = parameter('cac_lag_months') %}
with kpi as (
    select
        metric_name,
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value,
        value_status
    from {{ ref('kpi_new_business') }}
),

month_totals as (
    select * from kpi
    where grain = 'month' and dimension = 'total' and value_status not in ('no_data', 'suppressed')
),

-- First sales as the sale lines know them, with their reversals.
first_sales as (
    select
        {{ month_start('booked_on') }} as period_start,
        account_id,
        case when entry_type = 'cancellation' then -1 else 1 end as booking_count
    from {{ ref('fct_sale_line') }}
    where sale_type = 'first_sale'
    group by
        {{ month_start('booked_on') }},
        account_id,
        case when entry_type = 'cancellation' then -1 else 1 end
),

dimension_customers as (
    select
        account_id,
        cohort_month,
        {{ month_start('withdrawn_on') }} as withdrawn_month
    from {{ ref('dim_customer') }}
),

customer_counts as (
    select
        month_totals.period_start,
        max(month_totals.numerator) as published_count,
        count(dimension_customers.account_id) as acquired_count
    from month_totals
    left join dimension_customers
        on month_totals.period_start = dimension_customers.cohort_month
    where month_totals.metric_name = 'new_customer_count'
    group by month_totals.period_start
),

reversals as (
    select
        {{ month_start('event_on') }} as period_start,
        sum(new_customer_count) as reversal_count
    from {{ ref('int_new_customer_event') }}
    where event <> 'acquired'
    group by {{ month_start('event_on') }}
),

cohort_revenue as (
    select
        months.month_start as period_start,
        sum(months.net_revenue_amount) as net_revenue_amount,
        count_if(months.net_revenue_amount is null) as unknown_count
    from {{ ref('int_account_month') }} as months
    inner join {{ ref('int_new_customer') }} as customers
        on months.account_id = customers.account_id
    where
        months.month_start >= customers.cohort_month
        and months.month_start
        < {{ date_plus_months('customers.cohort_month', parameter('new_business_months')) }}
    group by months.month_start
),

service_costs as (
    select
        costs.month_start as period_start,
        sum(costs.cost_amount) as cost_amount
    from {{ ref('int_service_cost_month') }} as costs
    inner join {{ ref('int_new_customer') }} as customers
        on costs.account_id = customers.account_id
    where
        costs.month_start >= customers.cohort_month
        and costs.month_start
        < {{ date_plus_months('customers.cohort_month', parameter('new_business_months')) }}
    group by costs.month_start
),

booked_costs as (
    select
        {{ date_plus_months('cost_month', lag) }} as period_start,
        sum(cost_amount) as cost_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool = 'acquisition'
    group by cost_month
),

cohort_costs as (
    select
        cohort_month as period_start,
        sum(cost_amount) as cost_amount
    from {{ ref('int_cohort_cost') }}
    group by cohort_month
),

documents as (
    select
        invoice_month as period_start,
        sum(case when document_type = 'invoice' then gross_amount end) as gross_amount,
        sum(net_revenue_amount) as net_amount
    from {{ ref('int_invoice_margin') }}
    where net_revenue_amount is not null and gross_amount is not null
    group by invoice_month
),

problems as (
    select
        'new customers are not those of dim_customer and their reversals' as problem,
        customer_counts.period_start,
        customer_counts.acquired_count + coalesce(reversals.reversal_count, 0) as expected,
        customer_counts.published_count as found
    from customer_counts
    left join reversals
        on customer_counts.period_start = reversals.period_start
    where
        customer_counts.acquired_count + coalesce(reversals.reversal_count, 0)
        <> customer_counts.published_count
    union all
    select
        'a first sale that is no new customer in its month' as problem,
        first_sales.period_start,
        1 as expected,
        0 as found
    from first_sales
    left join {{ ref('int_new_customer_event') }} as events
        on
            first_sales.account_id = events.account_id
            and first_sales.period_start = {{ month_start('events.event_on') }}
            and first_sales.booking_count = events.new_customer_count
    left join {{ ref('dim_customer') }} as customers
        on first_sales.account_id = customers.account_id
    where
        events.account_id is null
        -- Dated by a spell that is older than the deal that its contract came from.
        and coalesce(customers.acquisition_basis, 'first_sale') = 'first_sale'
    union all
    select
        'revenue of the cohorts is not that of new business' as problem,
        month_totals.period_start,
        coalesce(cohort_revenue.net_revenue_amount, 0.0) as expected,
        month_totals.numerator as found
    from month_totals
    left join cohort_revenue
        on month_totals.period_start = cohort_revenue.period_start
    where
        month_totals.metric_name = 'new_business_net_revenue'
        -- An account month with a document of unknown net amount has no revenue there.
        and coalesce(cohort_revenue.unknown_count, 0) = 0
        and abs(coalesce(cohort_revenue.net_revenue_amount, 0.0) - month_totals.numerator) > 0.01
    union all
    select
        'CM2 is not CM1 less service cost' as problem,
        month_totals.period_start,
        month_totals.numerator - coalesce(service_costs.cost_amount, 0.0) as expected,
        cm2.numerator as found
    from month_totals
    inner join kpi as cm2
        on
            month_totals.metric_name = cm2.metric_name
            and month_totals.grain = cm2.grain
            and month_totals.period_start = cm2.period_start
            and cm2.dimension_value = 'cm2'
    left join service_costs
        on month_totals.period_start = service_costs.period_start
    where
        month_totals.metric_name = 'new_business_contribution_margin'
        and cm2.numerator is not null
        and abs(
            month_totals.numerator - coalesce(service_costs.cost_amount, 0.0) - cm2.numerator
        ) > 0.01
    union all
    select
        'allocated acquisition cost is not what was booked' as problem,
        booked_costs.period_start,
        booked_costs.cost_amount as expected,
        cohort_costs.cost_amount as found
    from booked_costs
    left join cohort_costs
        on booked_costs.period_start = cohort_costs.period_start
    where abs(booked_costs.cost_amount - coalesce(cohort_costs.cost_amount, 0.0)) > 0.01
    union all
    select
        'CAC and ROI stand on different costs' as problem,
        month_totals.period_start,
        month_totals.numerator as expected,
        returns.denominator as found
    from month_totals
    inner join month_totals as returns
        on
            month_totals.period_start = returns.period_start
            and returns.metric_name = 'acquisition_roi'
    where
        month_totals.metric_name = 'customer_acquisition_cost'
        and abs(month_totals.numerator - returns.denominator) > 0.01
    union all
    select
        'gross less VAT less credit notes is not net' as problem,
        month_totals.period_start,
        documents.net_amount as expected,
        month_totals.denominator - month_totals.numerator as found
    from month_totals
    inner join documents
        on month_totals.period_start = documents.period_start
    where
        month_totals.metric_name = 'gross_to_net_leakage_rate'
        and (
            abs(documents.net_amount - (month_totals.denominator - month_totals.numerator)) > 0.01
            or abs(documents.gross_amount - month_totals.denominator) > 0.01
        )
    union all
    -- CM2 may fall below the cost again, so break-even by then may stand beside a return below 0.
    select
        'a return above 0 without break-even' as problem,
        returns.period_start,
        1 as expected,
        break_even.value as found
    from month_totals as returns
    left join kpi as break_even
        on
            break_even.metric_name = 'cac_break_even_months'
            and returns.grain = break_even.grain
            and returns.period_start = break_even.period_start
            and break_even.dimension = 'total'
    where
        returns.metric_name = 'acquisition_roi'
        and returns.value_status = 'ok'
        and returns.value >= 0
        and not coalesce(break_even.value <= 12, false)
)

select *
from problems
