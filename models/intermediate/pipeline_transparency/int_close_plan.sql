-- The deals that were to close in a period, as its first day saw them: those open the night
-- before, and those created in the period with the date they were given on that day. Slipped =
-- moved to a date after the period while it ran and the deal was open; a later pull-in does not
-- undo that.
with periods as (
    select
        grain,
        period_start,
        period_end,
        base_start as month_start,
        least(period_end, {{ as_of_date() }}) as observed_to
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'quarter', 'r12m')
),

first_months as (
    select distinct
        grain,
        period_start,
        period_end,
        observed_to,
        {{ date_plus_months('period_start', -1) }} as month_before
    from periods
),

tracking_sources as (
    select source_name
    from {{ ref('int_tracked_field') }}
    where object_type = 'opportunity' and field_name = 'expected_close_date'
),

planned as (
    select
        first_months.grain,
        first_months.period_start,
        first_months.period_end,
        first_months.observed_to,
        snapshots.opportunity_id,
        snapshots.rep,
        snapshots.region,
        snapshots.stage,
        snapshots.source_name,
        {{ date_plus_days('snapshots.snapshot_on', 1) }} as planned_from
    from first_months
    inner join {{ ref('fct_opportunity_month') }} as snapshots
        on first_months.month_before = snapshots.month_start
    where
        snapshots.expected_close_date >= first_months.period_start
        and snapshots.expected_close_date <= first_months.period_end
    union all
    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        periods.observed_to,
        created.opportunity_id,
        created.rep,
        created.region,
        created.stage,
        created.source_name,
        created.created_on as planned_from
    from periods
    inner join {{ ref('int_opp_creation') }} as created
        on periods.month_start = {{ month_start('created.created_on') }}
    where
        created.is_open_overnight
        and created.expected_close_date >= periods.period_start
        and created.expected_close_date <= periods.period_end
),

moves as (
    select
        record_id as opportunity_id,
        valid_from as moved_at,
        {{ reporting_date('valid_from') }} as moved_on,
        try_cast(value as date) as new_date
    from {{ ref('int_field_value') }}
    where
        object_type = 'opportunity'
        and field_name = 'expected_close_date'
        and change_no > 0
        and valid_from < {{ as_of_timestamp() }}
),

moves_while_open as (
    select
        moves.opportunity_id,
        moves.moved_on,
        moves.new_date
    from moves
    inner join {{ ref('int_opp_open_interval') }} as intervals
        on
            moves.opportunity_id = intervals.opportunity_id
            and moves.moved_at >= intervals.opened_at
            and moves.moved_at < coalesce(intervals.ended_at, {{ last_instant() }})
)

select
    planned.grain,
    planned.period_start,
    planned.opportunity_id,
    planned.rep,
    planned.region,
    planned.stage,
    cast(count(moves_while_open.opportunity_id) as integer) as n_slips,
    count(moves_while_open.opportunity_id) > 0 as is_slipped
from planned
inner join tracking_sources
    on planned.source_name = tracking_sources.source_name
left join moves_while_open
    on
        planned.opportunity_id = moves_while_open.opportunity_id
        and planned.planned_from <= moves_while_open.moved_on
        and planned.observed_to >= moves_while_open.moved_on
        and planned.period_end < moves_while_open.new_date
group by
    planned.grain,
    planned.period_start,
    planned.opportunity_id,
    planned.rep,
    planned.region,
    planned.stage
