-- Anonymity on the published table: what is suppressed carries no number, what is shown stands on
-- suppress_n answers, and the total minus what is shown is nobody, or at least suppress_n people of
-- at least two groups. Counted from the answers, not from int_survey_group.
with kpi as (
    select
        metric_name,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value,
        n,
        ci_low,
        ci_high,
        value_status
    from {{ ref('kpi_employee_satisfaction') }}
    where
        metric_name in (
            'enps_score', 'employee_satisfaction_index', 'crm_usefulness_score',
            'employee_survey_participation_rate'
        )
        and value_status <> 'no_data'
),

questions as (
    select
        'enps_score' as metric_name,
        period_start,
        department,
        region,
        case when is_valid then 1 else 0 end as counted
    from {{ ref('int_survey_answer') }}
    where question = 'ENPS'
    union all
    select
        'crm_usefulness_score' as metric_name,
        period_start,
        department,
        region,
        case when is_valid then 1 else 0 end as counted
    from {{ ref('int_survey_answer') }}
    where question = 'CRM_USEFUL'
    union all
    select
        'employee_survey_participation_rate' as metric_name,
        period_start,
        department,
        region,
        1 as counted
    from {{ ref('int_survey_answer') }}
    where question = 'ENPS'
),

groups as (
    select
        metric_name,
        period_start,
        'department' as dimension,
        department as member,
        sum(counted) as true_count
    from questions
    group by metric_name, period_start, department
    union all
    select
        metric_name,
        period_start,
        'region' as dimension,
        region as member,
        sum(counted) as true_count
    from questions
    where metric_name = 'enps_score'
    group by metric_name, period_start, region
),

beside as (
    select
        groups.*,
        kpi.value_status in ('ok', 'low_n', 'immature') as is_shown
    from groups
    inner join kpi
        on
            groups.metric_name = kpi.metric_name
            and groups.period_start = kpi.period_start
            and groups.dimension = kpi.dimension
            and groups.member = kpi.dimension_value
),

rests as (
    select
        metric_name,
        period_start,
        dimension,
        sum(case when is_shown then 0 else true_count end) as rest_count,
        sum(case when not is_shown and true_count > 0 then 1 else 0 end) as rest_groups
    from beside
    group by metric_name, period_start, dimension
)

select
    metric_name,
    period_start,
    dimension_value as member,
    'a number where there must be none' as problem
from kpi
where
    value_status = 'suppressed'
    and coalesce(numerator, denominator, value, n, ci_low, ci_high) is not null
union all
select
    metric_name,
    period_start,
    member,
    'a group below the limit is shown' as problem
from beside
where is_shown and true_count < {{ parameter('suppress_n') }}
union all
select
    metric_name,
    period_start,
    dimension as member,
    'the total minus the others tells' as problem
from rests
where
    rest_count between 1 and {{ parameter('suppress_n') }} - 1
    or (rest_count > 0 and rest_groups < 2)
union all
select
    metric_name,
    period_start,
    dimension_value as member,
    'an index of fewer answers than people' as problem
from kpi
where
    metric_name = 'employee_satisfaction_index'
    and n < {{ parameter('suppress_n') }}
