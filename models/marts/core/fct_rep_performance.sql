select
    period_start,
    period_end,
    rep,
    team,
    dimension,
    slice,
    n,
    raw_rate,
    rep_rate,
    team_rate,
    gap_points,
    gap_low_points,
    gap_high_points,
    performance_class,
    mature_on
from {{ ref('int_rep_performance') }}
