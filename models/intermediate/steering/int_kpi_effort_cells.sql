-- Time spent understanding KPIs over time spent producing them. The run of a machine is nobody's
-- time.
with sessions as (
    select
        activity_type,
        {{ reporting_date('started_at') }} as started_on,
        cast(duration_minutes as double) as minutes
    from {{ ref('crm_activity') }}
    where
        activity_type in ('kpi_review', 'kpi_report')
        and not coalesce(is_automated, false)
        and started_at < {{ as_of_timestamp() }}
        and completed_at < {{ as_of_timestamp() }}
)

{{ kpi_cells('sessions', 'started_on', [
    {
        'metric': 'interpretation_effort_ratio',
        'numerator': "coalesce(sum(case when activity_type = 'kpi_review' then minutes end), 0.0)",
        'denominator': "coalesce(sum(case when activity_type = 'kpi_report' then minutes end), 0.0)",
        'note': {'label': 'without_minutes', 'count': 'count_if(minutes is null)'},
    },
]) }}
