-- A deal is open at as_of if and only if its last open interval has no end, and its intervals never
-- overlap. The pipeline snapshots count from the intervals, win rates from the outcomes: if the two
-- differ, a deal is in both or in neither.
with intervals as (
    select
        opportunity_id,
        interval_no,
        opened_at,
        ended_at,
        lead(opened_at) over (partition by opportunity_id order by interval_no) as next_opened_at
    from {{ ref('int_opp_open_interval') }}
),

open_deals as (
    select distinct opportunity_id
    from intervals
    where ended_at is null
)

select
    outcomes.opportunity_id,
    outcomes.outcome as problem
from {{ ref('int_opp_outcome') }} as outcomes
left join open_deals
    on outcomes.opportunity_id = open_deals.opportunity_id
where (outcomes.outcome = 'open') <> (open_deals.opportunity_id is not null)
union all
select
    opportunity_id,
    'overlap' as problem
from intervals
where next_opened_at is not null and (ended_at is null or ended_at > next_opened_at)
