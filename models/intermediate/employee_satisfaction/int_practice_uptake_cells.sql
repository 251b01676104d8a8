{%- set z = z_95() -%}
-- Difference in differences: what changed at the teams that were shown a practice, from the
-- uptake_days before to those after, minus what changed at the teams that were not. The team that
-- showed it is in neither group.
with events as (
    select distinct
        compared_metric,
        shared_on,
        mature_on
    from {{ ref('int_practice_sharing') }}
),

outcomes as (
    select
        events.compared_metric,
        events.shared_on,
        events.mature_on <= {{ as_of_date() }} as is_mature,
        coalesce(teams.team is not null, false) as is_receiver,
        outcomes.observed_on > events.shared_on as is_after,
        outcomes.is_success
    from events
    inner join {{ ref('int_team_outcome') }} as outcomes
        on
            events.compared_metric = outcomes.compared_metric
            and {{ date_plus_days('events.shared_on', '-' ~ parameter('uptake_days')) }}
            <= outcomes.observed_on
            and events.mature_on >= outcomes.observed_on
            and events.shared_on <> outcomes.observed_on
    left join {{ ref('int_practice_sharing') }} as teams
        on
            events.compared_metric = teams.compared_metric
            and events.shared_on = teams.shared_on
            and outcomes.team = teams.team
    where coalesce(not teams.is_sharer, true)
),

outcomes_by_period as (
    {{ rows_by_period('outcomes', 'shared_on', 'practice_uptake_lift') | indent(4) }}
),

arms as (
    select
        grain,
        period_start,
        compared_metric,
        {%- for arm, is_receiver in [('receiver', 'is_receiver'), ('other', 'not is_receiver')] %}
        {%- for time, is_after in [('before', 'not is_after'), ('after', 'is_after')] %}
        sum(case when is_mature and {{ is_receiver }} and {{ is_after }} then 1 else 0 end)
            as {{ arm }}_{{ time }}_count,
        sum(
            case
                when is_mature and {{ is_receiver }} and {{ is_after }} and is_success then 1
                else 0
            end
        ) as {{ arm }}_{{ time }}_successes,
        {%- endfor %}
        {%- endfor %}
        sum(case when is_mature then 1 else 0 end) as mature_count
    from outcomes_by_period
    group by grain, period_start, compared_metric
),

rates as (
    select
        *,
        {%- for arm in ['receiver', 'other'] %}
        {%- for time in ['before', 'after'] %}
        {{ arm }}_{{ time }}_successes / nullif(cast({{ arm }}_{{ time }}_count as double), 0)
            as {{ arm }}_{{ time }}_rate,
        {%- endfor %}
        {%- endfor %}
        receiver_before_count + receiver_after_count as receiver_count
    from arms
),

lifts as (
    select
        *,
        100 * (
            (receiver_after_rate - receiver_before_rate) - (other_after_rate - other_before_rate)
        ) as lift,
        10000 * (
            {%- for arm in ['receiver', 'other'] %}
            {%- for time in ['before', 'after'] %}
            {%- set rate = arm ~ '_' ~ time ~ '_rate' %}
            {{ '+ ' if not (arm == 'receiver' and time == 'before') }}{{ rate }} * (1 - {{ rate }})
            / nullif(cast({{ arm }}_{{ time }}_count as double), 0)
            {%- endfor %}
            {%- endfor %}
        ) as variance
    from rates
),

weighted as (
    select
        *,
        case when lift is not null then receiver_count end / nullif(cast(sum(
            case when lift is not null then receiver_count end
        ) over (partition by grain, period_start) as double), 0) as weight
    from lifts
),

cells as (
    select
        grain,
        period_start,
        'compared_metric' as dimension,
        compared_metric as dimension_value,
        lift as value,
        variance,
        receiver_count as n,
        mature_count
    from weighted
    union all
    select
        grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        sum(weight * lift) as value,
        sum(weight * weight * variance) as variance,
        sum(case when lift is not null then receiver_count else 0 end) as n,
        sum(mature_count) as mature_count
    from weighted
    group by grain, period_start
),

judged as (
    select
        *,
        'practice_uptake_lift' as metric_name,
        case when value is not null then greatest(value - {{ z }} * sqrt(variance), -200.0) end
            as ci_low,
        case when value is not null then least(value + {{ z }} * sqrt(variance), 200.0) end
            as ci_high,
        case
            when mature_count = 0 then 'immature'
            when value is null then 'not_applicable'
        end as forced_status,
        case
            when mature_count = 0 then 'no window over yet'
            when value is null then 'nobody to compare before and after'
        end as status_reason
    from cells
)

{{ select_cells('judged', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n', 'ci_low',
    'ci_high', 'forced_status', 'status_reason',
]) }}
