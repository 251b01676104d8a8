-- How long a cohort is given to come through the funnel (W): nine in ten won deals took no longer.
with won_cycles as (
    select cycle_days
    from {{ ref('int_opp_outcome') }}
    where
        outcome = 'won'
        and outcome_on > {{ date_plus_months(as_of_date(), -24) }}
        -- Recorded after the fact, so they say nothing about the cycle.
        and cycle_days >= 1
),

measured as (
    select
        count(*) as n_won,
        percentile_cont(0.9) within group (order by cycle_days) as p90_days
    from won_cycles
)

select
    cast(
        case
            when n_won >= {{ parameter('min_mature_deals') }} then ceil(p90_days)
            else {{ parameter('funnel_window_days') }}
        end as integer
    ) as window_days,
    case
        when n_won >= {{ parameter('min_mature_deals') }} then 'p90 of won cycles'
        else 'default'
    end as basis,
    n_won
from measured
