-- Every deal that was open at the end of a month, in the open month at as_of. A table of its own:
-- joins to history are planned well only if the number of open deals is known.
with months as (
    select
        month_start,
        max(date_day) as snapshot_on
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

intervals as (
    select
        opportunity_id,
        opened_on,
        ended_on
    from {{ ref('int_opp_open_interval') }}
)

select
    intervals.opportunity_id,
    months.month_start,
    months.snapshot_on
from intervals
inner join months
    on
        intervals.opened_on <= months.snapshot_on
        and (intervals.ended_on is null or intervals.ended_on > months.snapshot_on)
