-- When somebody last worked on an open deal, as far as a month end shows it: activities logged on
-- the deal itself, and edits by people. What is planned has not happened.
with snapshots as (
    select
        opportunity_id,
        month_start
    from {{ ref('int_opp_month') }}
),

activities as (
    select
        activities.opportunity_id,
        {{ reporting_date('activities.completed_at') }} as touched_on,
        'activity' as touch
    from {{ ref('crm_activity') }} as activities
    left join {{ ref('dim_user') }} as users
        on activities.user_id = users.user_id
    where
        activities.opportunity_id is not null
        and activities.completed_at < {{ as_of_timestamp() }}
        and not coalesce(activities.is_automated, false)
        and coalesce(users.is_human, true)
),

edits as (
    select
        changes.record_id as opportunity_id,
        {{ reporting_date('changes.valid_from') }} as touched_on,
        'edit' as touch
    from {{ ref('int_field_value') }} as changes
    left join {{ ref('dim_user') }} as users
        on changes.changed_by_user_id = users.user_id
    where
        changes.object_type = 'opportunity'
        and changes.change_no > 0
        and changes.valid_from < {{ as_of_timestamp() }}
        and coalesce(users.is_human, true)
),

touches as (
    select * from activities
    union all
    select * from edits
),

-- The last one of each month will do, whatever the number of activities.
touch_months as (
    select
        opportunity_id,
        {{ month_start('touched_on') }} as month_start,
        max(case when touch = 'activity' then touched_on end) as activity_on,
        max(case when touch = 'edit' then touched_on end) as edit_on
    from touches
    group by opportunity_id, {{ month_start('touched_on') }}
)

select
    snapshots.opportunity_id,
    snapshots.month_start,
    max(touch_months.activity_on) as last_activity_on,
    max(touch_months.edit_on) as last_edit_on
from snapshots
left join touch_months
    on
        snapshots.opportunity_id = touch_months.opportunity_id
        and snapshots.month_start >= touch_months.month_start
group by snapshots.opportunity_id, snapshots.month_start
