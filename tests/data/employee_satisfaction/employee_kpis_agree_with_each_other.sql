-- What must be equal by definition: a cell is a strength or a weakness, never both, and only if
-- tested; the adjusted probability is never below the plain one; the published counts are those of
-- the cells; no more answers than invitations; workload holds every open deal.
with cells as (
    select
        period_start,
        sum(case when is_excellence then 1 else 0 end) as excellence_count,
        sum(case when is_improvement then 1 else 0 end) as improvement_count
    from {{ ref('fct_team_metric_cell') }}
    group by period_start
),

published as (
    select
        metric_name,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator
    from {{ ref('kpi_employee_satisfaction') }}
    where value_status not in ('no_data', 'suppressed', 'not_applicable')
),

open_deals as (
    select
        month_start,
        count(*) as deal_count
    from {{ ref('int_opp_month') }}
    group by month_start
)

select
    'cell is judged without reason' as problem,
    period_start,
    cast(null as double) as expected,
    cast(null as double) as found
from {{ ref('fct_team_metric_cell') }}
where
    (is_excellence and is_improvement)
    or ((is_excellence or is_improvement) and not is_tested)
    or p_adjusted < p_value - 1e-12
    or (is_tested and p_adjusted is null)
    or (is_excellence and rate <= company_rate)
    or (is_improvement and rate >= company_rate)
union all
select
    'published count is not that of the cells' as problem,
    published.period_start,
    cast(case
        when published.metric_name = 'excellence_area_count' then cells.excellence_count
        else cells.improvement_count
    end as double) as expected,
    published.numerator as found
from published
inner join cells
    on published.period_start = cells.period_start
where
    published.metric_name in ('excellence_area_count', 'improvement_area_count')
    and published.dimension = 'total'
    and published.numerator <> case
        when published.metric_name = 'excellence_area_count' then cells.excellence_count
        else cells.improvement_count
    end
union all
select
    'more parts than the whole' as problem,
    period_start,
    denominator as expected,
    numerator as found
from published
where
    metric_name in (
        'employee_survey_participation_rate', 'crm_usefulness_score', 'collaboration_rate',
        'practice_sharing_rate'
    )
    and numerator > denominator
union all
select
    'workload does not hold every open deal' as problem,
    published.period_start,
    cast(open_deals.deal_count as double) as expected,
    published.numerator as found
from published
inner join open_deals
    on published.period_start = open_deals.month_start
where
    published.metric_name = 'workload_per_employee'
    and published.dimension_value = 'opportunity'
    and published.numerator <> open_deals.deal_count
