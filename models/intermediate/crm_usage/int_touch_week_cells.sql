with touches as (
    select * from {{ ref('int_touch') }}
),

week_cells as (
    {{ kpi_cells('touches', 'touched_on', [
        {
            'metric': 'conversion_by_week',
            'numerator': 'count_if(has_converted)',
            'denominator': 'count(*)',
            'complete_on': 'max(mature_on)',
            'dimensions': ['region', 'channel'],
        },
    ], base_grain='iso_week') }}
),

weeks as (
    select
        period_start,
        numerator,
        denominator,
        n,
        complete_on
    from week_cells
    where dimension = 'total'
),

first_weeks as (
    select min(period_start) as first_week
    from weeks
),

-- Pooled over 52 weeks, this one included: rates of weeks are never averaged (G2).
indexed as (
    select
        'conversion_by_week' as metric_name,
        'index' as variant,
        'iso_week' as grain,
        weeks.period_start,
        'variant' as dimension,
        'index' as dimension_value,
        weeks.numerator / nullif(weeks.denominator, 0)
        / nullif(sum(year_weeks.numerator) / nullif(sum(year_weeks.denominator), 0), 0) as value,
        weeks.n,
        weeks.complete_on,
        -- A season is seen twice or not at all.
        case
            when max({{ days_between('first_weeks.first_week', 'weeks.period_start') }}) < 51 * 7
                then 'immature'
        end as forced_status,
        case
            when max({{ days_between('first_weeks.first_week', 'weeks.period_start') }}) < 51 * 7
                then 'less than 52 weeks of data'
            when max({{ days_between('first_weeks.first_week', 'weeks.period_start') }}) < 103 * 7
                then 'less than two years: no claim about seasons'
        end as status_reason
    from weeks
    cross join first_weeks
    inner join weeks as year_weeks
        on
            weeks.period_start >= year_weeks.period_start
            and year_weeks.period_start >= {{ date_plus_days('weeks.period_start', -51 * 7) }}
    group by
        weeks.period_start, weeks.numerator, weeks.denominator, weeks.n, weeks.complete_on
)

{{ select_cells('week_cells', cell_columns()) }}
union all
{{ select_cells('indexed', [
    'metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
    'complete_on', 'forced_status', 'status_reason',
]) }}
