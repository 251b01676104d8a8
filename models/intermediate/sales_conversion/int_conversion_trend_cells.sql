-- The stage conversion of twelve months against a baseline that stays where it was fixed.
with conversions as (
    select * from {{ ref('int_conversion_year') }}
),

-- A baseline the company has fixed; the narrowest row that contains the end of the period.
company_baselines as (
    select
        conversions.period_start,
        conversions.dimension,
        conversions.dimension_value,
        cast(targets.baseline_value as double) as baseline_rate
    from conversions
    inner join {{ ref('crm_kpi_target') }} as targets
        on
            targets.metric_name = 'stage_conversion_rate'
            and coalesce(nullif(targets.dim_name, ''), 'total') = conversions.dimension
            and coalesce(nullif(targets.dim_value, ''), 'total') = conversions.dimension_value
            and targets.baseline_value > 0
            and conversions.period_end >= targets.period_start
            and conversions.period_end <= coalesce(targets.period_end, conversions.period_end)
    qualify row_number() over (
            partition by
                conversions.period_start,
                conversions.dimension,
                conversions.dimension_value
            order by
                {{ days_between(
                    'targets.period_start',
                    "coalesce(targets.period_end, cast('9999-12-31' as date))"
                ) }} asc,
                targets.period_start desc
        ) = 1
),

compared as (
    select
        conversions.*,
        coalesce(company_baselines.baseline_rate, conversions.auto_baseline_rate) as baseline_rate,
        case
            when company_baselines.baseline_rate is not null then cast(null as varchar)
            when conversions.auto_baseline_rate is not null then 'auto_baseline'
            else 'no baseline yet'
        end as status_reason
    from conversions
    left join company_baselines
        on
            conversions.period_start = company_baselines.period_start
            and conversions.dimension = company_baselines.dimension
            and conversions.dimension_value = company_baselines.dimension_value
),

cells as (
    select
        'conversion_trend_index' as metric_name,
        'r12m' as grain,
        period_start,
        dimension,
        dimension_value,
        100 * (next_count / nullif(cast(reached_count as double), 0))
        / nullif(baseline_rate, 0) as value,
        100 * {{ wilson('next_count', 'reached_count', 'low') }}
        / nullif(baseline_rate, 0) as ci_low,
        100 * {{ wilson('next_count', 'reached_count', 'high') }}
        / nullif(baseline_rate, 0) as ci_high,
        reached_count as n,
        mature_on as complete_on,
        status_reason
    from compared
)

{{ select_cells(
    'cells',
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'ci_low',
     'ci_high', 'n', 'complete_on', 'status_reason']
) }}
