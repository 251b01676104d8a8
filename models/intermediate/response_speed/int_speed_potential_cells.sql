-- What would be saved if every kind of case took no longer than the faster quarter of the teams
-- takes for it. Kinds with few cases are looked at together.
with solved_cases as (
    select
        periods.period_start,
        coalesce(cases.case_type, '(unknown)') as case_type,
        coalesce(cases.channel, '(unknown)') as channel,
        cases.team,
        cases.resolution_hours
    from {{ ref('fct_case_response') }} as cases
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.grain = 'quarter'
            and {{ month_start('cases.solved_on') }} = periods.base_start
    where cases.resolution_hours is not null
),

sized_cases as (
    select
        *,
        count(*) over (partition by period_start, case_type, channel)
        >= {{ parameter('cell_min_n') }} as is_large
    from solved_cases
),

pooled_cases as (
    select
        period_start,
        case when is_large then case_type else '(other)' end as case_type,
        case when is_large then channel else '(other)' end as channel,
        team,
        resolution_hours
    from sized_cases
),

team_medians as (
    select
        period_start,
        case_type,
        channel,
        median(resolution_hours) as team_median_hours
    from pooled_cases
    where team is not null
    group by period_start, case_type, channel, team
),

fast_teams as (
    select
        period_start,
        case_type,
        channel,
        percentile_cont(0.25) within group (order by team_median_hours) as fast_hours
    from team_medians
    group by period_start, case_type, channel
),

kinds as (
    select
        period_start,
        case_type,
        channel,
        count(*) as case_count,
        median(resolution_hours) as median_hours
    from pooled_cases
    group by period_start, case_type, channel
),

potentials as (
    select
        kinds.period_start,
        kinds.case_type,
        kinds.channel,
        kinds.case_count,
        -- Without a team there is nobody to compare with.
        coalesce(
            kinds.case_count * greatest(kinds.median_hours - fast_teams.fast_hours, 0), 0
        ) as potential_hours
    from kinds
    left join fast_teams
        on
            kinds.period_start = fast_teams.period_start
            and kinds.case_type = fast_teams.case_type
            and kinds.channel = fast_teams.channel
),

published as (
    select
        'speed_potential_hours' as metric_name,
        'quarter' as grain,
        period_start,
        'case_type × channel' as dimension,
        case_type || ' × ' || channel as dimension_value,
        potential_hours as numerator,
        case_count as n
    from potentials
    union all
    select
        'speed_potential_hours' as metric_name,
        'quarter' as grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        sum(potential_hours) as numerator,
        sum(case_count) as n
    from potentials
    group by period_start
)

{{ select_cells('published', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator', 'n',
]) }}
