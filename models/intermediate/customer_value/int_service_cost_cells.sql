-- Service cost of the customers of a month over their number. Cost that reaches no customer of the
-- month is no cost of theirs; it is named beside the value, so that nothing disappears.
{%- set cost = {
    'metric': 'service_cost_per_customer',
    'numerator': 'sum(cost_amount)',
    'denominator': 'sum(customer_month_count)',
    'n': 'sum(customer_month_count)',
    'unconverted': 'sum(unconverted_amount)',
} %}
with customers as (
    select
        customers.account_id,
        customers.month_start,
        customers.segment,
        customers.region,
        customers.tenure_band,
        coverage.has_service_cost
    from {{ ref('fct_customer_month') }} as customers
    inner join {{ ref('int_finance_month') }} as coverage
        on customers.month_start = coverage.month_start
),

costs as (
    select
        account_id,
        month_start,
        service_category,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_service_cost_month') }}
    group by account_id, month_start, service_category
),

category_rows as (
    select
        customers.*,
        costs.service_category,
        costs.cost_amount,
        costs.unconverted_amount,
        0 as customer_month_count
    from customers
    inner join costs
        on
            customers.account_id = costs.account_id
            and customers.month_start = costs.month_start
    where customers.has_service_cost
),

all_rows as (
    select
        customers.*,
        cast(null as varchar) as service_category,
        case when customers.has_service_cost then 0.0 end as cost_amount,
        0.0 as unconverted_amount,
        1 as customer_month_count
    from customers
    union all
    select * from category_rows
),

unallocated as (
    select
        costs.month_start,
        cast(round(sum(costs.cost_amount)) as bigint) as unallocated_amount
    from costs
    left join customers
        on
            costs.account_id = customers.account_id
            and costs.month_start = customers.month_start
    where customers.account_id is null
    group by costs.month_start
),

slice_cells as (
    {{ kpi_cells('all_rows', 'month_start', [cost], ['segment', 'region', 'tenure_band']) }}
),

category_cells as (
    {{ kpi_cells('category_rows', 'month_start', [cost], ['service_category']) }}
),

cells as (
    select * from slice_cells
    union all
    select * from category_cells
    where dimension = 'service_category'
),

known_cells as (
    select
        cells.*,
        coverage.has_service_cost,
        case when cells.dimension = 'total' then unallocated.unallocated_amount end
            as unallocated_amount
    from cells
    inner join {{ ref('int_finance_month') }} as coverage
        on cells.period_start = coverage.month_start
    left join unallocated
        on cells.period_start = unallocated.month_start
)

{{ relabelled_cells('known_cells', {
    'forced_status': "case when not has_service_cost then 'no_data' end",
    'status_reason': "case when not has_service_cost then 'no service cost known' end",
    'note_label': "'unallocated_amount'",
    'note_count': 'unallocated_amount',
}) }}
