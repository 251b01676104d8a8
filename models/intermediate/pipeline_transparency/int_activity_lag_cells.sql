-- How long it took until a person had written down what had happened. What was planned when it was
-- logged has no lag.
with logged_activities as (
    select
        activities.activity_type,
        users.rep,
        users.department,
        {{ reporting_date('activities.started_at') }} as started_on,
        {{ minutes_between('activities.started_at', 'activities.logged_at') }} / 60.0
            as lag_hours
    from {{ ref('crm_activity') }} as activities
    left join {{ ref('dim_user') }} as users
        on activities.user_id = users.user_id
    where
        activities.logged_at >= activities.started_at
        and activities.logged_at < {{ as_of_timestamp() }}
        and not coalesce(activities.is_automated, false)
        and coalesce(users.is_human, true)
)

{{ kpi_median_cells(
    'activity_logging_lag_hours', 'logged_activities', 'started_on', 'lag_hours',
    ['rep', 'department', 'activity_type'], {'p90': 0.9}
) }}
