-- What customers felt of a department in a quarter. Only departments whose eNPS may be shown.
with quarters as (
    select distinct
        base_start as month_start,
        period_start,
        period_end
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'quarter'
),

shown as (
    select
        period_start,
        dimension_value as department,
        100 * numerator / nullif(denominator, 0) as enps
    from {{ ref('int_survey_cells') }}
    where
        metric_name = 'enps_score' and dimension = 'department' and forced_status is null
),

ratings as (
    select
        quarters.period_start,
        cases.department,
        avg(case when feedback.is_satisfied then 1.0 else 0.0 end) as csat
    from {{ ref('fct_feedback') }} as feedback
    inner join {{ ref('fct_case') }} as cases
        on feedback.case_id = cases.case_id
    inner join quarters
        on {{ month_start('feedback.responded_on') }} = quarters.month_start
    where feedback.is_csat_answer
    group by quarters.period_start, cases.department
),

retention as (
    select
        quarters.period_start,
        customers.department,
        1 - sum(customers.lost_from_base_count) / nullif(cast(sum(
            case when customers.is_active_at_start then 1 else 0 end
        ) as double), 0) as retention
    from {{ ref('fct_customer_month') }} as customers
    inner join quarters
        on customers.month_start = quarters.month_start
    group by quarters.period_start, customers.department
),

sales as (
    select
        quarters.period_start,
        lines.department,
        sum(case when lines.sale_type = 'cross_sell' then lines.incremental_amount else 0 end)
            as cross_sell
    from {{ ref('fct_sale_line') }} as lines
    inner join quarters
        on {{ month_start('lines.booked_on') }} = quarters.month_start
    group by quarters.period_start, lines.department
)

{% for outcome, relation in [
    ('csat', 'ratings'), ('retention', 'retention'), ('cross_sell', 'sales')
] -%}
select
    shown.period_start,
    shown.department,
    '{{ outcome }}' as outcome_metric,
    shown.enps,
    cast({{ relation }}.{{ outcome }} as double) as outcome_value
from shown
inner join {{ relation }}
    on
        shown.period_start = {{ relation }}.period_start
        and shown.department = {{ relation }}.department
where {{ relation }}.{{ outcome }} is not null
{{ 'union all' if not loop.last }}
{% endfor %}
