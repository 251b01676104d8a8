-- Rep and team over the same mix: both rates are weighted with the team's strata in which the rep
-- has worked, so that nobody looks weak for working the harder leads.
with units as (
    select * from {{ ref('int_rep_unit') }}
),

rep_strata as (
    select
        period_start,
        period_end,
        dimension,
        slice,
        team,
        rep,
        stratum,
        cast(count(*) as double) as unit_count,
        cast(count_if(is_success) as double) as success_count,
        max(mature_on) as mature_on
    from units
    group by period_start, period_end, dimension, slice, team, rep, stratum
),

team_strata as (
    select
        period_start,
        dimension,
        slice,
        team,
        stratum,
        sum(unit_count) as unit_count,
        sum(success_count) as success_count
    from rep_strata
    group by period_start, dimension, slice, team, stratum
),

standardised as (
    select
        rep_strata.period_start,
        rep_strata.period_end,
        rep_strata.dimension,
        rep_strata.slice,
        rep_strata.team,
        rep_strata.rep,
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
            and rep_strata.dimension = team_strata.dimension
            and rep_strata.slice is not distinct from team_strata.slice
            and rep_strata.team = team_strata.team
            and rep_strata.stratum = team_strata.stratum
    group by
        rep_strata.period_start,
        rep_strata.period_end,
        rep_strata.dimension,
        rep_strata.slice,
        rep_strata.team,
        rep_strata.rep
),

with_interval as (
    select
        *,
        {{ wilson('(rep_rate * n)', 'n', 'low') }} as rep_rate_low,
        {{ wilson('(rep_rate * n)', 'n', 'high') }} as rep_rate_high
    from standardised
)

select
    period_start,
    period_end,
    dimension,
    slice,
    team,
    rep,
    cast(n as bigint) as n,
    raw_rate,
    rep_rate,
    team_rate,
    100 * (rep_rate - team_rate) as gap_points,
    100 * (rep_rate_low - team_rate) as gap_low_points,
    100 * (rep_rate_high - team_rate) as gap_high_points,
    case
        when n < {{ parameter('cell_min_n') }} then 'not classified'
        when rep_rate_low > team_rate then 'strength'
        when rep_rate_high < team_rate then 'improve'
        else 'inconclusive'
    end as performance_class,
    mature_on
from with_interval
