{%- set dimensions = ['segment', 'lead_source', 'region'] -%}
-- The curve of a cohort: CM2 of all its customers per month since each of them was won, over what
-- winning them cost. It ends where the youngest of them has no closed month any more.
with periods as (
    select
        grain,
        period_start,
        base_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'year')
),

months as (
    select * from {{ ref('int_new_customer_month') }}
),

ages as (
    select
        account_id,
        max(month_no) + 1 as closed_month_count
    from months
    group by account_id
),

costs as (
    select
        periods.grain,
        periods.period_start,
        {%- for name in dimensions %}
        coalesce(costs.{{ name }}, '(unknown)') as cell_{{ name }},
        {%- endfor %}
        costs.account_id,
        costs.cost_amount,
        costs.unconverted_amount,
        case when costs.account_id is not null then coalesce(ages.closed_month_count, 0) end
            as closed_month_count
    from {{ ref('int_cohort_cost') }} as costs
    inner join periods
        on costs.cohort_month = periods.base_start
    left join ages
        on costs.account_id = ages.account_id
),

cohorts as (
    select
        grain,
        period_start,
        {{ single_dimension(dimensions) | indent(8) }},
        count(account_id) as customer_count,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_cost_amount,
        min(closed_month_count) as closed_month_count
    from costs
    group by grouping sets (
        (grain, period_start)
        {%- for name in dimensions %},
        (grain, period_start, cell_{{ name }})
        {%- endfor %}
    )
),

member_months as (
    select
        periods.grain,
        periods.period_start,
        {%- for name in dimensions %}
        coalesce(months.{{ name }}, '(unknown)') as cell_{{ name }},
        {%- endfor %}
        months.month_no,
        months.cm2_amount,
        months.net_revenue_amount,
        months.cm1_amount,
        months.new_mrr_amount,
        months.unconverted_amount,
        months.is_service_cost_missing
    from months
    inner join periods
        on months.cohort_month = periods.base_start
),

points as (
    select
        grain,
        period_start,
        {{ single_dimension(dimensions) | indent(8) }},
        month_no,
        -- One unknown margin leaves that of the month unknown.
        case when count(cm2_amount) = count(*) then sum(cm2_amount) end as cm2_amount,
        case when count(cm1_amount) = count(*) then sum(cm1_amount) end as cm1_amount,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(new_mrr_amount) as new_mrr_amount,
        sum(unconverted_amount) as unconverted_amount,
        count_if(is_service_cost_missing) > 0 as is_service_cost_missing
    from member_months
    group by grouping sets (
        (grain, period_start, month_no)
        {%- for name in dimensions %},
        (grain, period_start, month_no, cell_{{ name }})
        {%- endfor %}
    )
)

select
    cohorts.grain,
    cohorts.period_start,
    cohorts.dimension,
    cohorts.dimension_value,
    points.month_no,
    cohorts.customer_count,
    cohorts.cost_amount,
    cohorts.unconverted_cost_amount,
    coalesce(cohorts.closed_month_count, 0) as closed_month_count,
    coalesce(points.month_no < cohorts.closed_month_count, false) as is_closed,
    points.cm2_amount,
    points.cm1_amount,
    points.net_revenue_amount,
    points.new_mrr_amount,
    coalesce(points.unconverted_amount, 0.0) as unconverted_amount,
    coalesce(points.is_service_cost_missing, false) as is_service_cost_missing
from cohorts
left join points
    on
        cohorts.grain = points.grain
        and cohorts.period_start = points.period_start
        and cohorts.dimension = points.dimension
        and cohorts.dimension_value = points.dimension_value
where cohorts.dimension_value <> '(unallocated)'
