-- The few KPIs a board steers by, each with its target, its baseline and its past.
with headlines as (
    select
        boards.board,
        boards.position,
        definitions.metric_name,
        definitions.area,
        definitions.name_de,
        definitions.name_en,
        definitions.direction
    from {{ ref('scorecard_board') }} as boards
    inner join {{ ref('kpi_definition') }} as definitions
        on boards.metric_name = definitions.metric_name
    where definitions.level = 'H'
),

-- Month and rolling year where the KPI has them, else whatever it has.
shown_grains as (
    select
        metric_name,
        grain
    from {{ ref('int_metric_grain') }}
    where grain in ('month', 'r12m')
    union all
    select
        grains.metric_name,
        grains.grain
    from {{ ref('int_metric_grain') }} as grains
    left join {{ ref('int_metric_grain') }} as usual
        on
            grains.metric_name = usual.metric_name
            and usual.grain in ('month', 'r12m')
    where usual.metric_name is null
),

-- The trend is against a year ago, so that the season does not look like one; against the period
-- before where there was no year ago.
statuses as (
    select
        *,
        coalesce(last_year_value, previous_value) as compared_value
    from {{ ref('int_kpi_status') }}
),

-- A cohort that is still open is no news yet: the row to read is the latest that is final.
latest_final as (
    select
        metric_name,
        grain,
        max(period_start) as period_start
    from statuses
    where value_status in ('ok', 'low_n', 'partial')
    group by metric_name, grain
)

select
    headlines.board,
    cast(headlines.position as integer) as position,
    headlines.metric_name,
    headlines.area,
    headlines.name_de,
    headlines.name_en,
    statuses.grain,
    statuses.period_start,
    statuses.period_end,
    coalesce(statuses.period_start = latest_final.period_start, false) as is_latest,
    statuses.value,
    statuses.n,
    statuses.ci_low,
    statuses.ci_high,
    statuses.unit,
    statuses.currency,
    statuses.value_status,
    statuses.status_reason,
    statuses.comparator,
    statuses.target_value,
    statuses.target_high,
    statuses.target_source,
    statuses.baseline_value,
    statuses.baseline_source,
    statuses.previous_value,
    statuses.last_year_value,
    published.value as first_published_value,
    statuses.rag,
    -- Less than a hundredth is no movement.
    case
        when abs(statuses.value - statuses.compared_value) <= 0.01 * abs(statuses.compared_value)
            then 'flat'
        when statuses.value > statuses.compared_value then 'up'
        when statuses.value < statuses.compared_value then 'down'
    end as trend,
    headlines.direction,
    statuses.as_of
from headlines
inner join shown_grains
    on headlines.metric_name = shown_grains.metric_name
inner join statuses
    on
        headlines.metric_name = statuses.metric_name
        and shown_grains.grain = statuses.grain
left join latest_final
    on
        statuses.metric_name = latest_final.metric_name
        and statuses.grain = latest_final.grain
left join {{ ref('meta_first_published') }} as published
    on
        statuses.metric_name = published.metric_name
        and statuses.grain = published.grain
        and statuses.period_start = published.period_start
        and published.dimension = 'total'
