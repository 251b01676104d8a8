-- The few KPIs a board steers by, each with its target, its baseline and its past.
with headlines as (
    select
        boards.board,
        boards.position,
        boards.dimension,
        definitions.metric_name,
        definitions.area,
        definitions.name_de,
        definitions.name_en,
        definitions.direction,
        definitions.action_off_target
    from {{ ref('scorecard_board') }} as boards
    inner join {{ ref('kpi_definition') }} as definitions
        on boards.metric_name = definitions.metric_name
),

statuses as (
    select statuses.*
    from {{ ref('int_scorecard_status') }} as statuses
    inner join {{ ref('int_scorecard_grain') }} as grains
        on
            statuses.metric_name = grains.metric_name
            and statuses.grain = grains.grain
),

-- The three slices that moved the KPI most, and what all others did together.
movers as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        {%- for rank in range(1, 4) %}
        max(case when rank = {{ rank }} then dimension_value end) as moved_by_{{ rank }},
        max(case when rank = {{ rank }} then contribution end) as moved_by_{{ rank }}_change,
        max(case when rank = {{ rank }} then mix_change end) as moved_by_{{ rank }}_mix,
        max(case when rank = {{ rank }} then rate_change end) as moved_by_{{ rank }}_rate,
        {%- endfor %}
        sum(case when rank > 3 then contribution end) as moved_by_others_change
    from {{ ref('int_kpi_contribution') }}
    group by metric_name, grain, period_start, dimension
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
    statuses.compared_with,
    statuses.value - statuses.compared_value as change_value,
    published.value as first_published_value,
    statuses.value - published.value as restatement_value,
    statuses.rag,
    -- Less than a hundredth is no movement.
    case
        when abs(statuses.value - statuses.compared_value) <= 0.01 * abs(statuses.compared_value)
            then 'flat'
        when statuses.value > statuses.compared_value then 'up'
        when statuses.value < statuses.compared_value then 'down'
    end as trend,
    headlines.direction,
    movers.dimension as moved_by_dimension,
    {%- for rank in range(1, 4) %}
    movers.moved_by_{{ rank }},
    movers.moved_by_{{ rank }}_change,
    movers.moved_by_{{ rank }}_mix,
    movers.moved_by_{{ rank }}_rate,
    {%- endfor %}
    movers.moved_by_others_change,
    case when statuses.rag in ('red', 'amber') then headlines.action_off_target end
        as suggested_action,
    statuses.as_of
from headlines
inner join statuses
    on headlines.metric_name = statuses.metric_name
left join movers
    on
        headlines.metric_name = movers.metric_name
        and headlines.dimension = movers.dimension
        and statuses.grain = movers.grain
        and statuses.period_start = movers.period_start
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
