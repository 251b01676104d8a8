-- Time spent understanding KPIs over time spent producing them. The run of a machine is nobody's
-- time.
with sessions as (
    select
        {{ reporting_date('started_at') }} as started_on,
        duration_minutes as minutes,
        case when activity_type = 'kpi_review' then coalesce(duration_minutes, 0) else 0 end
            as review_minutes,
        case when activity_type = 'kpi_report' then coalesce(duration_minutes, 0) else 0 end
            as report_minutes
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
        'numerator': 'sum(review_minutes)',
        'denominator': 'sum(report_minutes)',
        'note': {'label': 'without_minutes', 'count': 'count_if(minutes is null)'},
    },
]) }}
