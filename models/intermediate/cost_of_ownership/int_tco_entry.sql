-- Bookings and plans side by side. A plan by category (or department) and one for the whole meet in
-- a rest without a member: both cuts add up to the whole plan.
with plans as (
    select * from {{ ref('int_tco_plan') }}
    where plan in ('tco_budget', 'tco_actual', 'cost_saving_realised')
),

-- The whole is the row of the whole, else what the categories add up to.
wholes as (
    select
        plan,
        month_start,
        coalesce(
            sum(case when cut = 'total' then amount end),
            sum(case when cut = 'cost_category' then amount end),
            sum(case when cut = 'department' then amount end)
        ) as amount,
        coalesce(
            sum(case when cut = 'total' then to_date_amount end),
            sum(case when cut = 'cost_category' then to_date_amount end),
            sum(case when cut = 'department' then to_date_amount end)
        ) as to_date_amount
    from plans
    group by plan, month_start
),

cuts as (
    {%- for cut in ['cost_category', 'department'] %}
    select
        plan,
        '{{ cut }}' as cut,
        month_start,
        sum(case when cut = '{{ cut }}' then amount else 0.0 end) as amount,
        sum(case when cut = '{{ cut }}' then to_date_amount else 0.0 end) as to_date_amount,
        count_if(cut = '{{ cut }}') > 0 as is_planned
    from plans
    group by plan, month_start
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

members as (
    select
        plans.plan,
        plans.cut,
        plans.cut_value,
        plans.month_start,
        plans.amount,
        plans.to_date_amount,
        true as is_planned
    from plans
    where plans.cut <> 'total'
    union all
    select
        wholes.plan,
        cuts.cut,
        cast(null as varchar) as cut_value,
        wholes.month_start,
        wholes.amount - cuts.amount as amount,
        wholes.to_date_amount - cuts.to_date_amount as to_date_amount,
        cuts.is_planned
    from wholes
    inner join cuts
        on
            wholes.plan = cuts.plan
            and wholes.month_start = cuts.month_start
    where abs(wholes.amount - cuts.amount) > 0.005
)

select
    entry_type as entry,
    'any' as cut,
    month_start,
    cost_category,
    department,
    cost_amount as amount,
    cost_amount as to_date_amount,
    false as is_planned,
    unconverted_amount,
    unvalued_hours
from {{ ref('int_tco_booking') }}
union all
select
    case plan
        when 'tco_budget' then 'budget'
        when 'tco_actual' then 'baseline'
        else 'target'
    end as entry,
    cut,
    month_start,
    case when cut = 'cost_category' then cut_value end as cost_category,
    case when cut = 'department' then cut_value end as department,
    amount,
    to_date_amount,
    is_planned,
    0.0 as unconverted_amount,
    0.0 as unvalued_hours
from members
