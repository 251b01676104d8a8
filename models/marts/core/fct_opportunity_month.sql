with snapshots as (
    select * from {{ ref('int_opp_month') }}
),

deals as (
    select
        opportunity_id,
        lower(opportunity_type) as declared_type,
        created_on,
        source_name
    from {{ ref('int_opportunity') }}
),

-- Every move of the expected close to a later day.
close_moves as (
    select
        record_id as opportunity_id,
        {{ month_start(reporting_date('valid_from')) }} as month_start,
        try_cast(value as date) as new_date,
        lag(try_cast(value as date)) over (partition by record_id order by change_no) as old_date
    from {{ ref('int_field_value') }}
    where
        object_type = 'opportunity'
        and field_name = 'expected_close_date'
        and valid_from < {{ as_of_timestamp() }}
),

slips as (
    select
        snapshots.opportunity_id,
        snapshots.month_start,
        cast(count(*) as integer) as n_slips
    from snapshots
    inner join close_moves
        on
            snapshots.opportunity_id = close_moves.opportunity_id
            and snapshots.month_start >= close_moves.month_start
    where close_moves.new_date > close_moves.old_date
    group by snapshots.opportunity_id, snapshots.month_start
),

-- Whom we know at an account has no history.
decision_makers as (
    select distinct account_id
    from {{ ref('crm_contact') }}
    where is_decision_maker and master_contact_id is null and account_id is not null
),

described as (
    select
        snapshots.opportunity_id,
        snapshots.month_start,
        snapshots.snapshot_on,
        snapshots.account_id,
        snapshots.owner_user_id,
        snapshots.rep,
        snapshots.team,
        snapshots.department,
        snapshots.region,
        owners.region as owner_region,
        snapshots.segment,
        {{ customer_type('types', 'snapshots.account_id') }} as customer_type,
        snapshots.pipeline_id as pipeline,
        snapshots.stage_id,
        stages.stage,
        deals.created_on,
        {{ days_between('deals.created_on', 'snapshots.snapshot_on') }} as age_days,
        {{ reporting_date('snapshots.stage_entered_at') }} as stage_entered_on,
        snapshots.expected_close_date,
        substr(cast(snapshots.expected_close_date as varchar), 1, 7) as close_month,
        snapshots.document_net_amount,
        snapshots.currency,
        snapshots.net_amount,
        snapshots.unconverted_amount,
        plans.probability as crm_probability,
        odds.win_probability,
        odds.probability_basis,
        touches.last_activity_on,
        touches.last_edit_on,
        greatest(
            deals.created_on,
            {{ reporting_date('snapshots.stage_entered_at') }},
            touches.last_activity_on,
            touches.last_edit_on
        ) as last_touch_on,
        coalesce(stages.rot_after_days, {{ parameter('rot_days') }}) as rot_after_days,
        plans.next_step,
        plans.next_step_due_date,
        plans.contact_count,
        -- Somebody who has left by then is no owner; without a leaving date the current flag
        -- counts.
        owners.user_id is not null
        and coalesce(owners.left_on > snapshots.snapshot_on, owners.is_active)
            as is_owner_active,
        snapshots.document_net_amount is not null
        and (snapshots.document_net_amount <> 0 or coalesce(deals.declared_type, '') = 'renewal')
            as has_amount,
        coalesce(snapshots.expected_close_date < snapshots.snapshot_on, false) as is_overdue_close,
        case
            when not plans.is_next_step_due_date_known then null
            when plans.next_step_due_date >= snapshots.snapshot_on then 'covered'
            when plans.next_step_due_date < snapshots.snapshot_on then 'overdue'
            else 'missing'
        end as next_step_status,
        case
            when plans.is_next_step_known and plans.is_next_step_due_date_known
                then
                    plans.next_step is not null
                    and coalesce(plans.next_step_due_date >= snapshots.snapshot_on, false)
        end as has_next_step,
        case
            when plans.is_contact_count_known then coalesce(plans.contact_count >= 1, false)
        end as has_contact,
        coalesce(segments.needs_buying_center, true) as needs_buying_center,
        case
            when plans.is_contact_count_known and snapshots.snapshot_on = {{ as_of_date() }}
                then
                    coalesce(plans.contact_count >= 2, false)
                    and decision_makers.account_id is not null
        end as has_buying_center,
        plans.is_probability_known,
        coalesce(slips.n_slips, 0) as n_slips,
        deals.source_name
    from snapshots
    inner join deals
        on snapshots.opportunity_id = deals.opportunity_id
    inner join {{ ref('int_opp_plan_month') }} as plans
        on
            snapshots.opportunity_id = plans.opportunity_id
            and snapshots.month_start = plans.month_start
    inner join {{ ref('int_opp_touch_month') }} as touches
        on
            snapshots.opportunity_id = touches.opportunity_id
            and snapshots.month_start = touches.month_start
    left join {{ ref('dim_user') }} as owners
        on snapshots.owner_user_id = owners.user_id
    left join {{ ref('dim_stage') }} as stages
        on snapshots.stage_id = stages.stage_id
    left join {{ ref('int_stage_win_rate') }} as odds
        on
            snapshots.stage_id = odds.stage_id
            and snapshots.month_start = odds.month_start
    left join {{ ref('segment') }} as segments
        on snapshots.segment = segments.segment
    left join decision_makers
        on snapshots.account_id = decision_makers.account_id
    left join slips
        on
            snapshots.opportunity_id = slips.opportunity_id
            and snapshots.month_start = slips.month_start
    {{ customer_type_join('types', 'snapshots.account_id', 'snapshots.snapshot_on') }}
),

judged as (
    select
        *,
        coalesce(
            {{ days_between('last_activity_on', 'snapshot_on') }}
            <= {{ parameter('activity_days_opp') }},
            false
        ) as has_recent_activity,
        -- A deal that is days old need not have been worked on yet.
        coalesce({{ days_between('last_activity_on', 'snapshot_on') }} <= rot_after_days, false)
        or coalesce(age_days < {{ parameter('new_opp_exempt_days') }}, false) as has_activity,
        has_amount and is_owner_active and coalesce(expected_close_date >= snapshot_on, false)
            as has_core_fields,
        coalesce({{ days_between('last_touch_on', 'snapshot_on') }} > rot_after_days, true)
            as is_idle
    from described
)

select
    judged.opportunity_id,
    judged.month_start,
    judged.snapshot_on,
    judged.account_id,
    judged.owner_user_id,
    judged.rep,
    judged.team,
    judged.department,
    judged.region,
    judged.owner_region,
    judged.segment,
    judged.customer_type,
    judged.pipeline,
    judged.stage_id,
    judged.stage,
    judged.created_on,
    cast(judged.age_days as integer) as age_days,
    age_bands.band as age_band,
    judged.stage_entered_on,
    judged.expected_close_date,
    judged.close_month,
    judged.document_net_amount,
    judged.currency,
    judged.net_amount,
    judged.unconverted_amount,
    judged.win_probability,
    judged.probability_basis,
    judged.net_amount * judged.win_probability as weighted_net_amount,
    judged.is_probability_known,
    judged.crm_probability,
    judged.net_amount * judged.crm_probability as crm_weighted_net_amount,
    judged.last_activity_on,
    judged.last_edit_on,
    judged.last_touch_on,
    cast(judged.rot_after_days as integer) as rot_after_days,
    judged.next_step,
    judged.next_step_due_date,
    judged.next_step_status,
    judged.contact_count,
    judged.has_recent_activity,
    judged.has_activity,
    judged.has_next_step,
    judged.has_core_fields,
    judged.has_contact,
    -- Unknown stays unknown unless another condition already decides: and of three values.
    judged.has_activity and judged.has_next_step and judged.has_core_fields and judged.has_contact
        as is_visible,
    judged.needs_buying_center,
    judged.has_buying_center,
    judged.is_idle,
    judged.is_overdue_close,
    judged.is_idle or judged.is_overdue_close as is_stale,
    case
        when judged.is_idle and judged.is_overdue_close then 'idle and overdue_close'
        when judged.is_idle then 'idle'
        when judged.is_overdue_close then 'overdue_close'
    end as stale_reason,
    judged.n_slips,
    judged.source_name
from judged
{{ band_join('age_bands', 'age_band', 'judged.age_days') }}
