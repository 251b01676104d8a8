-- Every time a deal entered Lost, with the reason it had there and the day it was taken out again.
with visits as (
    select
        opportunity_id,
        visit_no,
        stage_type,
        entered_at,
        exited_at,
        case
            when stage_type = 'lost' and coalesce(lag(stage_type) over by_visit, 'none') <> 'lost'
                then 1
            else 0
        end as is_entry,
        lead(stage_type) over by_visit as next_type
    from {{ ref('int_opp_stage') }}
    where is_stage_tracked
    window by_visit as (partition by opportunity_id order by visit_no)
),

-- Lost to Lost is one loss under another name.
numbered_visits as (
    select
        *,
        sum(is_entry) over (
            partition by opportunity_id
            order by visit_no
            rows between unbounded preceding and current row
        ) as lost_no
    from visits
),

losses as (
    select
        opportunity_id,
        lost_no,
        min(entered_at) as entered_at,
        max(case when next_type = 'open' then exited_at end) as reopened_at
    from numbered_visits
    where stage_type = 'lost'
    group by opportunity_id, lost_no
),

deals as (
    select
        opportunity_id,
        lost_reason,
        owner_user_id
    from {{ ref('int_opportunity') }}
),

as_was as (
    select
        losses.*,
        {{ as_was_value('owner_then', 'deals.owner_user_id') }} as owner_user_id,
        {{ as_was_value('reason_then', 'deals.lost_reason') }} as reason
    from losses
    inner join deals
        on losses.opportunity_id = deals.opportunity_id
    {{ as_was_join(
        'owner_then', 'opportunity', 'losses.opportunity_id', 'owner_user_id', 'losses.entered_at'
    ) }}
    -- The last second before it was reopened: taking a deal up again often empties the reason.
    {{ as_was_join(
        'reason_then', 'opportunity', 'losses.opportunity_id', 'lost_reason',
        "coalesce(losses.reopened_at - interval '1' second, " ~ day_end_at(as_of_date()) ~ ")"
    ) }}
)

select
    as_was.opportunity_id,
    cast(as_was.lost_no as integer) as lost_no,
    {{ reporting_date('as_was.entered_at') }} as entered_on,
    {{ reporting_date('as_was.reopened_at') }} as reopened_on,
    owners.rep,
    as_was.reason
from as_was
left join {{ ref('dim_user') }} as owners
    on as_was.owner_user_id = owners.user_id
