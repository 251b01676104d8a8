with performances as (
    select * from {{ ref('fct_rep_performance') }}
),

cells as (
    select
        'rep_performance_gap' as metric_name,
        'r12m' as grain,
        period_start,
        dimension,
        case when slice is null then rep else rep || ' × ' || slice end as dimension_value,
        gap_points as value,
        gap_low_points as ci_low,
        gap_high_points as ci_high,
        n,
        mature_on as complete_on,
        cast(null as varchar) as forced_status,
        performance_class as status_reason
    from performances
    {%- if not var('rep_level_enabled') %}
    union all
    select distinct
        'rep_performance_gap' as metric_name,
        'r12m' as grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        cast(null as double) as value,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        cast(null as bigint) as n,
        cast(null as date) as complete_on,
        'suppressed' as forced_status,
        'rep level is not enabled' as status_reason
    from {{ ref('int_period') }}
    where grain = 'r12m'
    {%- endif %}
)

{{ select_cells(
    'cells',
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'ci_low',
     'ci_high', 'n', 'complete_on', 'forced_status', 'status_reason']
) }}
