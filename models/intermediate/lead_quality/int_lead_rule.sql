-- The first rule of deactivation a lead met while it was open (seed lead_deactivation_rule), and
-- what was done about it.
with leads as (
    select
        lead_id,
        created_on,
        converted_on,
        {{ reporting_date('rejected_at') }} as rejected_on,
        {{ reporting_date('recycled_at') }} as recycled_on,
        {{ reporting_date('deactivated_at') }} as deactivated_on,
        rejection_reason,
        deactivation_reason,
        lead_source,
        rep
    from {{ ref('int_lead') }}
),

rules as (
    select
        rule,
        kind,
        cast(threshold as integer) as threshold,
        coalesce(valid_from, date '1900-01-01') as valid_from
    from {{ ref('lead_deactivation_rule') }}
),

events as (
    select
        lead_id,
        happened_at,
        happened_on,
        event,
        count_if(event = 'response') over (
            partition by lead_id
            order by happened_at
            rows between unbounded preceding and current row
        ) as response_count,
        lead(happened_on) over (partition by lead_id order by happened_at) as next_on
    from {{ ref('int_lead_event') }}
),

-- Touches since anything came back.
touches as (
    select
        lead_id,
        happened_on,
        row_number() over (partition by lead_id, response_count order by happened_at) as touch_no
    from events
    where event = 'touch'
),

met as (
    select
        touches.lead_id,
        rules.rule,
        rules.valid_from,
        touches.happened_on as met_on
    from touches
    inner join rules
        on
            rules.kind = 'no_response'
            and touches.touch_no = rules.threshold
    union all
    select
        events.lead_id,
        rules.rule,
        rules.valid_from,
        {{ date_plus_days('events.happened_on', 'rules.threshold') }} as met_on
    from events
    inner join rules
        on rules.kind = 'idle'
    where
        events.next_on is null
        or events.next_on > {{ date_plus_days('events.happened_on', 'rules.threshold') }}
    union all
    select
        events.lead_id,
        rules.rule,
        rules.valid_from,
        events.happened_on as met_on
    from events
    inner join rules
        on rules.kind = 'hard_bounce'
    where events.event = 'bounce'
),

-- A lead that had been decided by then needs no rule; one that was recycled is open again.
met_while_open as (
    select
        leads.*,
        met.rule,
        met.met_on,
        {{ date_plus_days('met.met_on', parameter('deactivate_days')) }} as due_on
    from met
    inner join leads
        on met.lead_id = leads.lead_id
    where
        met.met_on >= met.valid_from
        and met.met_on <= {{ as_of_date() }}
        and (leads.converted_on is null or leads.converted_on > met.met_on)
        and (leads.deactivated_on is null or leads.deactivated_on >= met.met_on)
        and (
            leads.rejected_on is null
            or leads.rejected_on > met.met_on
            or leads.recycled_on <= met.met_on
        )
),

first_met as (
    select *
    from met_while_open
    qualify row_number() over (partition by lead_id order by met_on, rule) = 1
)

select
    lead_id,
    rule,
    met_on,
    due_on,
    due_on <= {{ as_of_date() }} as is_due,
    coalesce(
        (
            deactivated_on >= met_on
            and deactivated_on <= due_on
            and deactivation_reason is not null
        )
        or (
            recycled_on >= met_on
            and recycled_on <= due_on
            and coalesce(rejection_reason, deactivation_reason) is not null
        ),
        false
    ) as is_closed_in_time,
    lead_source,
    rep
from first_met
