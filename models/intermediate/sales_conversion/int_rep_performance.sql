-- Rep and team over the same mix: both rates are weighted with the team's strata in which the rep
-- has worked, so that nobody looks weak for working the harder leads.
with periods as (
    select
        period_start,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
),

rep_months as (
    select * from {{ ref('int_rep_month') }}
),

-- While months are added up numbers stand for the names: a month is repeated in twelve windows.
rep_slices as (
    select
        *,
        dense_rank() over (order by dimension, slice, team, rep) as rep_slice_id,
        dense_rank() over (order by dimension, slice, team, stratum) as team_stratum_id
    from (
        select distinct
            dimension,
            slice,
            team,
            rep,
            stratum
        from rep_months
    ) as combinations
),

rep_strata as (
    select
        periods.period_start,
        rep_slices.rep_slice_id,
        rep_slices.team_stratum_id,
        sum(rep_months.unit_count) as unit_count,
        sum(rep_months.success_count) as success_count,
        max(rep_months.mature_on) as mature_on
    from rep_months
    inner join rep_slices
        on
            rep_months.dimension = rep_slices.dimension
            and rep_months.slice is not distinct from rep_slices.slice
            and rep_months.team = rep_slices.team
            and rep_months.rep = rep_slices.rep
            and rep_months.stratum = rep_slices.stratum
    inner join periods
        on rep_months.month_start = periods.month_start
    group by periods.period_start, rep_slices.rep_slice_id, rep_slices.team_stratum_id
),

team_strata as (
    select
        period_start,
        team_stratum_id,
        sum(unit_count) as unit_count,
        sum(success_count) as success_count
    from rep_strata
    group by period_start, team_stratum_id
),

standardised as (
    select
        rep_strata.period_start,
        rep_strata.rep_slice_id,
        sum(rep_strata.unit_count) as n,
        sum(rep_strata.success_count) / nullif(sum(rep_strata.unit_count), 0) as raw_rate,
        sum(team_strata.unit_count * rep_strata.success_count / nullif(rep_strata.unit_count, 0))
        / nullif(sum(team_strata.unit_count), 0) as rep_rate,
        sum(team_strata.success_count) / nullif(sum(team_strata.unit_count), 0) as team_rate,
        max(rep_strata.mature_on) as mature_on
    from rep_strata
    inner join team_strata
        on
            rep_strata.period_start = team_strata.period_start
            and rep_strata.team_stratum_id = team_strata.team_stratum_id
    group by rep_strata.period_start, rep_strata.rep_slice_id
),

with_interval as (
    select
        *,
        {{ wilson('(rep_rate * n)', 'n', 'low') }} as rep_rate_low,
        {{ wilson('(rep_rate * n)', 'n', 'high') }} as rep_rate_high
    from standardised
),

slice_names as (
    select distinct
        rep_slice_id,
        dimension,
        slice,
        team,
        rep
    from rep_slices
)

select
    with_interval.period_start,
    {{ date_plus_days(date_plus_months('with_interval.period_start', 12), -1) }} as period_end,
    slice_names.dimension,
    slice_names.slice,
    slice_names.team,
    slice_names.rep,
    cast(with_interval.n as bigint) as n,
    with_interval.raw_rate,
    with_interval.rep_rate,
    with_interval.team_rate,
    100 * (with_interval.rep_rate - with_interval.team_rate) as gap_points,
    100 * (with_interval.rep_rate_low - with_interval.team_rate) as gap_low_points,
    100 * (with_interval.rep_rate_high - with_interval.team_rate) as gap_high_points,
    case
        when with_interval.n < {{ parameter('cell_min_n') }} then 'not classified'
        when with_interval.rep_rate_low > with_interval.team_rate then 'strength'
        when with_interval.rep_rate_high < with_interval.team_rate then 'improve'
        else 'inconclusive'
    end as performance_class,
    with_interval.mature_on
from with_interval
inner join slice_names
    on with_interval.rep_slice_id = slice_names.rep_slice_id
