{%- set z = z_95() -%}
-- Difference in differences: what changed at the teams that were shown a practice, from the
-- uptake_days before to those after, minus what changed at the teams that were not. The team that
-- showed it is in neither group.
with sharings as (
    select
        *,
        {{ date_plus_days('shared_on', '-' ~ parameter('uptake_days')) }} as begins_on
    from {{ ref('int_practice_sharing') }}
),

events as (
    select distinct
        compared_metric,
        shared_on,
        begins_on,
        mature_on
    from sharings
),

team_days as (
    select
        compared_metric,
        team,
        observed_on,
        count(*) as outcome_count,
        sum(case when is_success then 1 else 0 end) as success_count
    from {{ ref('int_team_outcome') }}
    group by compared_metric, team, observed_on
),

company_days as (
    select
        compared_metric,
        observed_on,
        sum(outcome_count) as outcome_count,
        sum(success_count) as success_count
    from team_days
    group by compared_metric, observed_on
),

-- The others are the company less the teams that were there. Counted this way, an outcome is not
-- repeated for every practice shown within uptake_days of it.
parts as (
    select
        events.compared_metric,
        events.shared_on,
        events.mature_on,
        company_days.observed_on,
        'company' as part,
        company_days.outcome_count,
        company_days.success_count
    from events
    inner join company_days
        on
            events.compared_metric = company_days.compared_metric
            and events.begins_on <= company_days.observed_on
            and events.mature_on >= company_days.observed_on
    union all
    select
        sharings.compared_metric,
        sharings.shared_on,
        sharings.mature_on,
        team_days.observed_on,
        case when sharings.is_sharer then 'sharer' else 'receiver' end as part,
        team_days.outcome_count,
        team_days.success_count
    from sharings
    inner join team_days
        on
            sharings.compared_metric = team_days.compared_metric
            and sharings.team = team_days.team
            and sharings.begins_on <= team_days.observed_on
            and sharings.mature_on >= team_days.observed_on
),

arms as (
    select
        compared_metric,
        shared_on,
        {%- for time, sign in [('before', '<'), ('after', '>')] %}
        {%- for count, suffix in [('outcome_count', 'count'), ('success_count', 'successes')] %}
        sum(
            case
                when part = 'receiver' and observed_on {{ sign }} shared_on then {{ count }}
                else 0
            end
        ) as receiver_{{ time }}_{{ suffix }},
        sum(
            case
                when observed_on {{ sign }} shared_on and part = 'company' then {{ count }}
                when observed_on {{ sign }} shared_on then -{{ count }}
                else 0
            end
        ) as other_{{ time }}_{{ suffix }},
        {%- endfor %}
        {%- endfor %}
        mature_on <= {{ as_of_date() }} as is_mature
    from parts
    group by compared_metric, shared_on, mature_on
),

counted_arms as (
    select
        *,
        receiver_before_count + receiver_after_count + other_before_count + other_after_count
            as outcome_count
    from arms
),

observed_arms as (
    select * from counted_arms
    where outcome_count > 0
),

arms_by_period as (
    {{ rows_by_period('observed_arms', 'shared_on', 'practice_uptake_lift') | indent(4) }}
),

summed as (
    select
        grain,
        period_start,
        compared_metric,
        {%- for arm in ['receiver', 'other'] %}
        {%- for time in ['before', 'after'] %}
        {%- for suffix in ['count', 'successes'] %}
        {%- set column = arm ~ '_' ~ time ~ '_' ~ suffix %}
        sum(case when is_mature then {{ column }} else 0 end) as {{ column }},
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
        sum(case when is_mature then outcome_count else 0 end) as mature_count
    from arms_by_period
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
    from summed
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
