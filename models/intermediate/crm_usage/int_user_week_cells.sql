with user_weeks as (
    select * from {{ ref('fct_user_week') }}
),

licensed_weeks as (
    select * from user_weeks
    where is_licensed
),

manager_weeks as (
    select * from user_weeks
    where is_manager
),

-- A source that never records a view does not say that nobody looked.
sources as (
    select coalesce(count_if(event_type = 'dashboard_view'), 0) > 0 as has_views
    from {{ ref('crm_login_history') }}
),

manager_cells as (
    {{ kpi_cells('manager_weeks', 'week_start', [
        {
            'metric': 'dashboard_review_rate',
            'numerator': 'count_if(dashboard_view_count > 0)',
            'denominator': 'count(*)',
            'dimensions': ['department'],
        },
    ], base_grain='iso_week') | indent(4) }}
)

{{ kpi_cells('licensed_weeks', 'week_start', [
    {
        'metric': 'crm_adoption_rate',
        'numerator': 'count_if(has_adopted)',
        'denominator': 'count(*)',
        'dimensions': ['department', 'team', 'region'],
    },
    {
        'metric': 'crm_login_rate',
        'numerator': 'count_if(has_logged_in)',
        'denominator': 'count(*)',
        'dimensions': ['department', 'team'],
    },
    {
        'metric': 'crm_adoption_target_attainment',
        'numerator': 'count_if(has_adopted and target_rate is not null)',
        'denominator': 'sum(target_rate)',
        'n': 'count(target_rate)',
        'reason': "'no target: ' || "
            ~ join_text('case when target_rate is null then department end', ', '),
        'dimensions': ['department'],
    },
], base_grain='iso_week') }}
union all
{{ relabelled_cells('manager_cells cross join sources', {
    'forced_status': "case when not has_views then 'no_data' end",
    'status_reason': "case when not has_views then 'no view events in the source' end",
}) }}
