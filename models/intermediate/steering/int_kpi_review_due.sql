-- When the next review of a headline KPI was due, and whether it came in time: review_cadence_days
-- after the one before, or after the KPI became a headline. A review that does not come is due
-- again every review_cadence_days until it does, so that a KPI nobody looks at is not missed only
-- once.
with reviews as (
    select distinct
        kpi,
        reviewed_on
    from {{ ref('int_review_action') }}
),

loaded as (
    select min(first_event_date) as first_day
    from {{ ref('int_table_coverage') }}
    where table_name = 'activity' and is_present
),

starts as (
    select
        targets.kpi,
        greatest(min(targets.valid_from), max(loaded.first_day)) as anchor_on
    from {{ ref('int_headline_target') }} as targets
    cross join loaded
    where loaded.first_day is not null
    group by targets.kpi
),

anchors as (
    select
        reviews.kpi,
        reviews.reviewed_on as anchor_on
    from reviews
    inner join starts
        on reviews.kpi = starts.kpi
    union all
    select
        starts.kpi,
        starts.anchor_on
    from starts
    left join reviews
        on
            starts.kpi = reviews.kpi
            and starts.anchor_on >= reviews.reviewed_on
    where reviews.kpi is null
),

gaps as (
    select
        kpi,
        anchor_on,
        lead(anchor_on) over (partition by kpi order by anchor_on) as reviewed_on
    from anchors
),

days as (
    select date_day
    from {{ ref('dim_date') }}
    where has_happened
),

due_days as (
    select
        gaps.kpi,
        gaps.anchor_on,
        gaps.reviewed_on,
        days.date_day as due_on,
        {{ days_between('gaps.anchor_on', 'days.date_day') }} as waited_days,
        targets.review_cadence_days,
        targets.owner_user_id
    from gaps
    inner join days
        on gaps.anchor_on < days.date_day
    inner join {{ ref('int_headline_target') }} as targets
        on
            gaps.kpi = targets.kpi
            and days.date_day between targets.valid_from and targets.valid_to
    where targets.review_cadence_days is not null
    qualify
        row_number() over (
            partition by gaps.kpi, gaps.anchor_on, days.date_day
            order by
                targets.scope_rank asc, targets.length_days asc, targets.valid_from desc,
                targets.kpi_target_id asc
        ) = 1
)

select
    kpi,
    due_on,
    anchor_on as previous_review_on,
    review_cadence_days,
    owner_user_id,
    reviewed_on,
    coalesce(reviewed_on <= due_on, false) as is_on_time,
    case when reviewed_on > due_on then {{ days_between('due_on', 'reviewed_on') }} end as late_days
from due_days
where
    waited_days % review_cadence_days = 0
    and (
        waited_days = review_cadence_days
        or due_on < coalesce(reviewed_on, date '9999-12-31')
    )
