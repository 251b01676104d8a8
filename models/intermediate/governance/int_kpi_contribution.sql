-- What each slice contributed to the change of a KPI. A count or sum changes by the change of its
-- slices. A ratio changes because a slice weighs more (mix) or because it does better (rate):
--     mix = change of its share of the denominator × (its mean rate - the KPI's mean)
--     rate = its mean share × change of its rate
-- means over the two periods (Kitagawa 1955 in the symmetric form), so that the slices add up to
-- the change without a rest. Only cuts whose slices make up the whole in both periods are used.
with measures as (
    select
        metric_name,
        aggregation in ({{ ratio_aggregations() }}) as is_ratio,
        case when unit = 'points' then 100.0 else 1.0 end as scale
    from {{ ref('kpi_definition') }}
    where aggregation in ({{ ratio_aggregations() }}, {{ additive_aggregations() }})
),

changes as (
    select
        statuses.metric_name,
        statuses.grain,
        statuses.period_start,
        statuses.compared_period_start,
        statuses.numerator,
        statuses.denominator,
        statuses.compared_numerator,
        statuses.compared_denominator,
        statuses.value / nullif(measures.scale, 0) as value,
        statuses.compared_value / nullif(measures.scale, 0) as compared_value,
        measures.is_ratio,
        measures.scale
    from {{ ref('int_scorecard_status') }} as statuses
    inner join measures
        on statuses.metric_name = measures.metric_name
    inner join {{ ref('int_scorecard_grain') }} as grains
        on
            statuses.metric_name = grains.metric_name
            and statuses.grain = grains.grain
    where
        statuses.value is not null
        and statuses.compared_value is not null
        and statuses.numerator is not null
        and statuses.compared_numerator is not null
),

slices as (
    {%- for table in area_tables().values() %}
    select
        kpi.metric_name,
        kpi.grain,
        kpi.period_start,
        kpi.dimension,
        kpi.dimension_value,
        kpi.numerator,
        kpi.denominator
    from {{ ref(table) }} as kpi
    inner join {{ ref('int_scorecard_grain') }} as grains
        on
            kpi.metric_name = grains.metric_name
            and kpi.grain = grains.grain
    inner join {{ ref('int_metric_dimension') }} as dimensions
        on
            kpi.metric_name = dimensions.metric_name
            and kpi.dimension = dimensions.dimension
    where dimensions.dimension_kind = 'partition' and kpi.dimension not like '% × %'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A slice of one period only has nothing in the other.
both_periods as (
    select
        changes.metric_name,
        changes.grain,
        changes.period_start,
        slices.dimension,
        slices.dimension_value,
        slices.numerator,
        slices.denominator,
        0.0 as compared_numerator,
        0.0 as compared_denominator
    from changes
    inner join slices
        on
            changes.metric_name = slices.metric_name
            and changes.grain = slices.grain
            and changes.period_start = slices.period_start
    union all
    select
        changes.metric_name,
        changes.grain,
        changes.period_start,
        slices.dimension,
        slices.dimension_value,
        0.0 as numerator,
        0.0 as denominator,
        slices.numerator as compared_numerator,
        slices.denominator as compared_denominator
    from changes
    inner join slices
        on
            changes.metric_name = slices.metric_name
            and changes.grain = slices.grain
            and changes.compared_period_start = slices.period_start
),

members as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(compared_numerator) as compared_numerator,
        sum(compared_denominator) as compared_denominator
    from both_periods
    group by metric_name, grain, period_start, dimension, dimension_value
),

whole_cuts as (
    select
        changes.metric_name,
        changes.grain,
        changes.period_start,
        members.dimension
    from changes
    inner join members
        on
            changes.metric_name = members.metric_name
            and changes.grain = members.grain
            and changes.period_start = members.period_start
    group by changes.metric_name, changes.grain, changes.period_start, members.dimension
    having
        abs(sum(members.numerator) - max(changes.numerator))
        <= 0.005 + 1e-9 * max(abs(changes.numerator))
        and abs(sum(members.compared_numerator) - max(changes.compared_numerator))
        <= 0.005 + 1e-9 * max(abs(changes.compared_numerator))
        and coalesce(abs(sum(members.denominator) - max(changes.denominator)), 0)
        <= 0.005 + 1e-9 * coalesce(max(abs(changes.denominator)), 0)
        and coalesce(abs(sum(members.compared_denominator) - max(changes.compared_denominator)), 0)
        <= 0.005 + 1e-9 * coalesce(max(abs(changes.compared_denominator)), 0)
),

weighed as (
    select
        members.*,
        changes.is_ratio,
        changes.scale,
        (changes.value + changes.compared_value) / 2 as mean_value,
        members.denominator / nullif(changes.denominator, 0) as share,
        members.compared_denominator / nullif(changes.compared_denominator, 0) as compared_share,
        -- What the slice adds to the KPI itself, also where it has a numerator and no denominator,
        -- such as deals of a rep without a quota.
        members.numerator / nullif(changes.denominator, 0)
        - members.compared_numerator / nullif(changes.compared_denominator, 0) as part_change,
        -- A slice that was not there had, for its rate, the one it has where it is.
        coalesce(
            members.numerator / nullif(members.denominator, 0),
            members.compared_numerator / nullif(members.compared_denominator, 0),
            0
        ) as rate,
        coalesce(
            members.compared_numerator / nullif(members.compared_denominator, 0),
            members.numerator / nullif(members.denominator, 0),
            0
        ) as compared_rate
    from members
    inner join whole_cuts
        on
            members.metric_name = whole_cuts.metric_name
            and members.grain = whole_cuts.grain
            and members.period_start = whole_cuts.period_start
            and members.dimension = whole_cuts.dimension
    inner join changes
        on
            members.metric_name = changes.metric_name
            and members.grain = changes.grain
            and members.period_start = changes.period_start
),

effects as (
    select
        *,
        case
            when is_ratio
                then scale * (share - compared_share) * ((rate + compared_rate) / 2 - mean_value)
        end as mix_change,
        -- With a rate in both periods: its mean share × the change of its rate.
        case
            when is_ratio
                then
                    scale * (
                        part_change
                        - mean_value * (share - compared_share)
                        - (share - compared_share) * ((rate + compared_rate) / 2 - mean_value)
                    )
        end as rate_change
    from weighed
),

contributions as (
    select
        *,
        case
            when is_ratio then mix_change + rate_change
            else numerator - compared_numerator
        end as contribution
    from effects
)

select
    metric_name,
    grain,
    period_start,
    dimension,
    dimension_value,
    contribution,
    mix_change,
    rate_change,
    cast(
        row_number() over (
            partition by metric_name, grain, period_start, dimension
            -- Rounded, so that the last digit of a sum does not choose between equal ones.
            order by round(abs(contribution), 6) desc, dimension_value asc
        ) as integer
    ) as rank
from contributions
