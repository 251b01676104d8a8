-- Every hand-over of a lead to sales and what sales made of it in time. A lead that was recycled
-- and became an MQL again is handed over again, where the status history shows it.
with leads as (
    select * from {{ ref('int_lead') }}
),

status_changes as (
    select
        record_id as lead_id,
        lower(value) as status,
        valid_from as changed_at,
        lag(lower(value)) over (partition by record_id order by change_no) as previous_status
    from {{ ref('int_field_value') }}
    where
        object_type = 'lead'
        and field_name = 'status'
        and valid_from < {{ as_of_timestamp() }}
),

handovers as (
    select
        lead_id,
        handed_over_at
    from leads
    where handed_over_at is not null
    union
    select
        leads.lead_id,
        status_changes.changed_at as handed_over_at
    from leads
    inner join status_changes
        on leads.lead_id = status_changes.lead_id
    where
        status_changes.status = 'mql'
        and status_changes.previous_status = 'recycled'
        and leads.handed_over_at < status_changes.changed_at
),

numbered as (
    select
        lead_id,
        handed_over_at,
        {{ reporting_date('handed_over_at') }} as handed_over_on,
        cast(row_number() over by_time as integer) as handover_no,
        coalesce(lead(handed_over_at) over by_time, {{ last_instant() }}) as next_handed_over_at
    from handovers
    window by_time as (partition by lead_id order by handed_over_at)
),

-- The history knows the decision of every hand-over, the lead itself only one of each kind.
decisions as (
    select
        lead_id,
        changed_at,
        status
    from status_changes
    where status in ('sal', 'rejected')
    union
    select
        lead_id,
        sal_at as changed_at,
        'sal' as status
    from leads
    where sal_at is not null
    union
    select
        lead_id,
        rejected_at as changed_at,
        'rejected' as status
    from leads
    where rejected_at is not null
),

decided as (
    select
        numbered.lead_id,
        numbered.handover_no,
        numbered.handed_over_at,
        numbered.handed_over_on,
        min(case when decisions.status = 'sal' then decisions.changed_at end) as accepted_at,
        min(case when decisions.status = 'rejected' then decisions.changed_at end) as rejected_at
    from numbered
    left join decisions
        on
            numbered.lead_id = decisions.lead_id
            and numbered.handed_over_at <= decisions.changed_at
            and numbered.next_handed_over_at > decisions.changed_at
    group by
        numbered.lead_id, numbered.handover_no, numbered.handed_over_at, numbered.handed_over_on
),

with_window as (
    select
        decided.*,
        deadline.ends_at as window_ends_at
    from decided
    {{ business_day_join(
        'deadline', 'decided.handed_over_on', parameter('mql_accept_business_days')
    ) }}
)

select
    lead_id,
    handover_no,
    handed_over_at,
    handed_over_on,
    accepted_at,
    rejected_at,
    window_ends_at,
    window_ends_at <= {{ as_of_timestamp() }} as is_window_over,
    coalesce(accepted_at < window_ends_at, false) as is_accepted_in_time,
    -- Rejected after it had been accepted is accepted; that shows in what becomes of it.
    case
        when accepted_at < window_ends_at then 'accepted'
        when rejected_at < window_ends_at then 'rejected'
        when window_ends_at <= {{ as_of_timestamp() }} then 'undecided'
    end as decision_in_time
from with_window
