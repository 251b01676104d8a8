-- Strengths and weaknesses of teams, and whether strengths were shown to the others.
with tested_cells as (
    select
        *,
        'r12m' as grain
    from {{ ref('fct_team_metric_cell') }}
    where is_tested
),

count_cells as (
    {{ kpi_cells('tested_cells', 'period_start', [
        {
            'metric': 'excellence_area_count',
            'numerator': 'sum(case when is_excellence then 1 else 0 end)',
        },
        {
            'metric': 'improvement_area_count',
            'numerator': 'sum(case when is_improvement then 1 else 0 end)',
        },
    ], ['team', 'compared_metric'], grain_column='grain') }}
),

-- No team had enough cases to be tested: that is not "no strengths".
untested_years as (
    select distinct
        metric_grains.metric_name,
        periods.grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        'not_applicable' as forced_status,
        'no team with enough cases' as status_reason
    from {{ ref('int_period') }} as periods
    inner join {{ ref('int_metric_grain') }} as metric_grains
        on
            periods.grain = metric_grains.grain
            and metric_grains.metric_name in ('excellence_area_count', 'improvement_area_count')
    left join tested_cells
        on periods.period_start = tested_cells.period_start
    where tested_cells.period_start is null
),

quarters as (
    select distinct
        grain,
        period_start,
        period_end
    from {{ ref('int_period') }}
    where grain = 'quarter'
),

-- Detected at the end of a quarter, over a year that is loaded as a whole.
detected_areas as (
    select
        quarters.grain,
        quarters.period_start,
        areas.team,
        areas.is_shared_in_time,
        areas.is_shared_in_time is not null as is_mature
    from {{ ref('fct_team_metric_cell') }} as areas
    inner join quarters
        on areas.period_end = quarters.period_end
    inner join {{ ref('meta_reporting') }} as reporting
        on areas.period_start >= reporting.first_month
    where areas.is_excellence
),

sharing_cells as (
    {{ kpi_cells('detected_areas', 'period_start', [
        {
            'metric': 'practice_sharing_rate',
            'numerator': 'case when count_if(is_mature) > 0'
                ~ ' then sum(case when is_shared_in_time then 1 else 0 end) end',
            'denominator': 'nullif(count_if(is_mature), 0)',
            'n': 'count_if(is_mature)',
            'note': {'label': 'window_open', 'count': 'count_if(not is_mature)'},
            'dimensions': ['team'],
        },
    ], grain_column='grain') }}
)

{{ relabelled_cells('count_cells', {}) }}
union all
{{ select_cells('untested_years', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
union all
{{ relabelled_cells('sharing_cells', {
    'forced_status': "case when denominator is null then 'immature' end",
    'status_reason': "case when denominator is null then 'no window over yet' end",
}) }}
