-- Headline KPIs that missed their target in a month or quarter, and whether somebody looked into
-- it: a review after the end of the period, within the KPI's review cadence, followed by a task
-- tagged with it. Where the value of the period itself cannot be judged (too few observations, or
-- the KPI has no such grain), the rolling value that ends with it speaks, for a quarter at last the
-- value of its last month.
{%- set readings = [
    ('month', 'month', 1), ('month', 'r3m', 2), ('month', 'r12m', 3),
    ('quarter', 'quarter', 1), ('quarter', 'r3m', 2), ('quarter', 'r12m', 3),
    ('quarter', 'month', 4),
] %}
with readings as (
    {%- for grain, status_grain, choice in readings %}
    select
        '{{ grain }}' as grain,
        '{{ status_grain }}' as status_grain,
        {{ choice }} as choice
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

periods as (
    select distinct
        grain,
        period_start,
        period_end
    from {{ ref('int_period') }}
    where grain in ('month', 'quarter')
),

judged as (
    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        statuses.metric_name as kpi,
        statuses.grain as judged_grain,
        statuses.rag
    from periods
    inner join readings
        on periods.grain = readings.grain
    inner join {{ ref('int_kpi_status') }} as statuses
        on
            readings.status_grain = statuses.grain
            and periods.period_end = statuses.period_end
    where statuses.rag is not null
    qualify
        row_number() over (
            partition by periods.grain, periods.period_start, statuses.metric_name
            order by readings.choice
        ) = 1
),

missed as (
    select
        judged.*,
        targets.owner_user_id,
        coalesce(targets.review_cadence_days, {{ parameter('insight_days') }}) as cadence_days
    from judged
    inner join {{ ref('int_headline_target') }} as targets
        on
            judged.kpi = targets.kpi
            and judged.period_end between targets.valid_from and targets.valid_to
    where judged.rag in ('amber', 'red')
    qualify
        row_number() over (
            partition by judged.grain, judged.period_start, judged.kpi
            order by
                targets.scope_rank asc, targets.length_days asc, targets.valid_from desc,
                targets.kpi_target_id asc
        ) = 1
),

dated as (
    select
        *,
        {{ date_plus_days('period_end', 'cadence_days') }} as review_until
    from missed
),

looked_into as (
    select
        dated.grain,
        dated.period_start,
        dated.kpi,
        min(reviews.reviewed_on) as reviewed_on,
        coalesce(bool_or(reviews.has_task), false) as has_root_cause
    from dated
    inner join {{ ref('int_review_action') }} as reviews
        on
            dated.kpi = reviews.kpi
            and dated.period_end < reviews.reviewed_on
            and dated.review_until >= reviews.reviewed_on
    group by dated.grain, dated.period_start, dated.kpi
)

select
    dated.grain,
    dated.period_start,
    dated.period_end,
    dated.kpi,
    definitions.area as kpi_area,
    dated.judged_grain,
    dated.rag,
    dated.owner_user_id,
    users.rep as owner,
    looked_into.reviewed_on,
    coalesce(looked_into.has_root_cause, false) as has_root_cause,
    -- A review that may still come, and the task that may still follow it.
    case
        when not coalesce(looked_into.has_root_cause, false)
            then {{ date_plus_days('dated.review_until', parameter('insight_days')) }}
    end as settled_on
from dated
inner join {{ ref('kpi_definition') }} as definitions
    on dated.kpi = definitions.metric_name
left join looked_into
    on
        dated.grain = looked_into.grain
        and dated.period_start = looked_into.period_start
        and dated.kpi = looked_into.kpi
left join {{ ref('dim_user') }} as users
    on dated.owner_user_id = users.user_id
