{%- set dimensions = ['segment', 'lead_source'] -%}
-- What the customers won in a rolling year were expected to bring when they were won, over what
-- winning one of them cost. The expectation is that of the end of their first month as a customer.
with expectations as (
    select
        customers.account_id,
        customers.cohort_month,
        customer_values.predictive_clv_amount
    from {{ ref('int_new_customer') }} as customers
    inner join {{ ref('int_customer_value_month') }} as customer_values
        on
            customers.account_id = customer_values.account_id
            and customers.cohort_month <= customer_values.month_start
    qualify row_number() over (
            partition by customers.account_id
            order by customer_values.month_start
        ) = 1
),

-- Who withdrew before the first month was over brings nothing.
customers as (
    select
        costs.account_id,
        costs.cohort_month,
        costs.segment,
        costs.lead_source,
        costs.cost_amount,
        costs.unconverted_amount,
        case
            when expectations.account_id is null and customers.withdrawn_on is not null then 0.0
            else expectations.predictive_clv_amount
        end as clv_amount
    from {{ ref('int_cohort_cost') }} as costs
    left join {{ ref('int_new_customer') }} as customers
        on costs.account_id = customers.account_id
    left join expectations
        on costs.account_id = expectations.account_id
),

period_customers as (
    select
        periods.period_start,
        {%- for name in dimensions %}
        coalesce(customers.{{ name }}, '(unknown)') as cell_{{ name }},
        {%- endfor %}
        customers.account_id,
        customers.cost_amount,
        customers.unconverted_amount,
        customers.clv_amount
    from customers
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.grain = 'r12m'
            and customers.cohort_month = periods.base_start
),

grouped as (
    select
        period_start,
        {{ single_dimension(dimensions) | indent(8) }},
        count(account_id) as customer_count,
        count(clv_amount) as valued_count,
        avg(clv_amount) as clv_amount,
        sum(cost_amount) / nullif(count(account_id), 0) as allocated_cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from period_customers
    group by grouping sets (
        (period_start)
        {%- for name in dimensions %},
        (period_start, cell_{{ name }})
        {%- endfor %}
    )
),

-- The total stands on the published cost per customer, which knows withdrawals.
published_costs as (
    select
        period_start,
        numerator / nullif(denominator, 0) as cost_amount
    from {{ ref('int_acquisition_cost_cells') }}
    where
        grain = 'r12m'
        and dimension = 'total'
        and coalesce(forced_status, '') <> 'not_applicable'
),

valued as (
    select
        grouped.*,
        case
            when grouped.dimension = 'total' then published_costs.cost_amount
            else grouped.allocated_cost_amount
        end as cost_amount
    from grouped
    left join published_costs
        on grouped.period_start = published_costs.period_start
),

cells as (
    select
        'ltv_to_cac_ratio' as metric_name,
        'r12m' as grain,
        period_start,
        dimension,
        dimension_value,
        case when cost_amount > 0 then clv_amount / nullif(cost_amount, 0) end as value,
        customer_count as n,
        unconverted_amount,
        case
            when customer_count = 0 or coalesce(cost_amount, 0) <= 0 then 'not_applicable'
            when valued_count = 0 then 'no_data'
        end as forced_status,
        case
            when customer_count = 0 then 'no new customer'
            when coalesce(cost_amount, 0) <= 0 then 'no acquisition cost'
            when valued_count = 0 then 'customer value unknown'
        end as status_reason,
        'customer_value_unknown' as note_label,
        customer_count - valued_count as note_count
    from valued
    where dimension_value <> '(unallocated)'
),

typed_cells as (
    {{ select_cells('cells', [
        'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
        'unconverted_amount', 'forced_status', 'status_reason', 'note_label', 'note_count',
    ]) | indent(4) }}
)

{{ known_cost_cells('typed_cells') }}
