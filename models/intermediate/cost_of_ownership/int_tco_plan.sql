-- Budgets, baselines and targets by month: every day takes its share of the narrowest row that
-- holds it, so that a plan of a quarter replaces that of the year instead of adding to it.
with plans as (
    select
        metric_name as plan,
        coalesce(nullif(dim_name, ''), 'total') as cut,
        coalesce(nullif(dim_value, ''), 'total') as cut_value,
        period_start,
        period_end,
        cast(case metric_name
            when 'tco_budget' then budget_amount
            when 'cost_saving_realised' then target_value
            else baseline_value
        end as double) as amount,
        {{ days_between('period_start', 'period_end') }} + 1 as day_count
    from {{ ref('crm_kpi_target') }}
    where
        metric_name in ('tco_budget', 'tco_actual', 'cost_saving_realised', 'legacy_cost')
        and period_end >= period_start
        and coalesce(nullif(dim_name, ''), 'total') in ('total', 'cost_category', 'department')
),

days as (
    select
        plans.plan,
        plans.cut,
        plans.cut_value,
        dates.date_day,
        dates.month_start,
        plans.amount / nullif(cast(plans.day_count as double), 0) as day_amount
    from plans
    inner join {{ ref('dim_date') }} as dates
        on dates.date_day between plans.period_start and plans.period_end
    where plans.amount is not null
    qualify row_number() over (
            partition by plans.plan, plans.cut, plans.cut_value, dates.date_day
            order by plans.day_count asc, plans.period_start desc
        ) = 1
)

select
    plan,
    cut,
    cut_value,
    month_start,
    sum(day_amount) as amount,
    coalesce(sum(case when date_day <= {{ as_of_date() }} then day_amount end), 0.0)
        as to_date_amount
from days
group by plan, cut, cut_value, month_start
