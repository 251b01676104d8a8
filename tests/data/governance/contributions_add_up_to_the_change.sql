-- Every dimension that contributions are shown for explains the whole change of its KPI, on the
-- scorecard as in the table behind it. Catches a slice that is missing in one of the two periods, a
-- decomposition with a rest, and a scorecard that shows three slices of another period.
with changes as (
    select
        metric_name,
        grain,
        period_start,
        value - compared_value as change_value
    from {{ ref('int_scorecard_status') }}
),

sums as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        sum(contribution) as contribution
    from {{ ref('kpi_contribution') }}
    group by metric_name, grain, period_start, dimension
),

problems as (
    select
        'slices do not add up to the change' as problem,
        sums.metric_name,
        sums.grain,
        sums.period_start,
        sums.dimension,
        sums.contribution as found,
        changes.change_value as expected
    from sums
    left join changes
        on
            sums.metric_name = changes.metric_name
            and sums.grain = changes.grain
            and sums.period_start = changes.period_start
    where
        not coalesce(
            abs(sums.contribution - changes.change_value)
            <= 1e-6 * greatest(1, abs(changes.change_value)),
            false
        )
    union all
    select
        'scorecard does not add up' as problem,
        metric_name,
        grain,
        period_start,
        moved_by_dimension as dimension,
        coalesce(moved_by_1_change, 0) + coalesce(moved_by_2_change, 0)
        + coalesce(moved_by_3_change, 0) + coalesce(moved_by_others_change, 0) as found,
        change_value as expected
    from {{ ref('kpi_scorecard') }}
    where
        moved_by_dimension is not null
        and not coalesce(
            abs(
                coalesce(moved_by_1_change, 0) + coalesce(moved_by_2_change, 0)
                + coalesce(moved_by_3_change, 0) + coalesce(moved_by_others_change, 0)
                - change_value
            ) <= 1e-6 * greatest(1, abs(change_value)),
            false
        )
)

select * from problems
