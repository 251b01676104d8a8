-- Spearman's rank correlation over department × quarter cells of the last eight quarters, ties at
-- their mean rank.
with quarters as (
    select distinct
        grain,
        period_start
    from {{ ref('int_period') }}
    where grain = 'quarter'
),

cells as (
    select
        quarters.grain,
        quarters.period_start,
        outcomes.outcome_metric,
        outcomes.enps,
        outcomes.outcome_value
    from quarters
    inner join {{ ref('int_department_quarter') }} as outcomes
        on
            quarters.period_start >= outcomes.period_start
            and {{ date_plus_months('quarters.period_start', -21) }} <= outcomes.period_start
),

ranked as (
    select
        {%- for column in ['enps', 'outcome_value'] %}
        rank() over (partition by grain, period_start, outcome_metric order by {{ column }})
        + (
            count(*) over (partition by grain, period_start, outcome_metric, {{ column }}) - 1
        ) / 2.0 as {{ column }}_rank,
        {%- endfor %}
        grain,
        period_start,
        outcome_metric
    from cells
),

moments as (
    select
        grain,
        period_start,
        outcome_metric,
        count(*) as n,
        avg(enps_rank * outcome_value_rank) - avg(enps_rank) * avg(outcome_value_rank)
            as covariance,
        avg(enps_rank * enps_rank) - avg(enps_rank) * avg(enps_rank) as enps_variance,
        avg(outcome_value_rank * outcome_value_rank)
        - avg(outcome_value_rank) * avg(outcome_value_rank) as outcome_variance
    from ranked
    group by grain, period_start, outcome_metric
),

correlations as (
    select
        *,
        case
            when n >= 8 and enps_variance > 1e-9 and outcome_variance > 1e-9
                then covariance / nullif(sqrt(enps_variance * outcome_variance), 0)
        end as rho
    from moments
),

readings as (
    select 'total' as dimension
    union all
    select 'outcome_metric' as dimension
),

link_cells as (
    select
        'employee_customer_satisfaction_link' as metric_name,
        correlations.grain,
        correlations.period_start,
        readings.dimension,
        case
            when readings.dimension = 'total' then 'total'
            else correlations.outcome_metric
        end as dimension_value,
        -- Rounding must not leave the range; a bare least() would turn NULL into 1.
        case
            when correlations.rho is not null then greatest(least(correlations.rho, 1.0), -1.0)
        end as value,
        correlations.n,
        case when correlations.rho is null then 'not_applicable' end as forced_status,
        case
            when correlations.n < 8 then 'fewer than 8 department quarters'
            when correlations.rho is null then 'no variation'
        end as status_reason
    from correlations
    inner join readings
        on correlations.outcome_metric = 'csat' or readings.dimension = 'outcome_metric'
)

{{ select_cells('link_cells', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
    'forced_status', 'status_reason',
]) }}
