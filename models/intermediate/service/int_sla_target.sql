-- The promises of every policy with the instants between which they are in force.
with versions as (
    select
        *,
        lead(valid_from) over (partition by sla_policy_id, metric, priority order by valid_from)
            as next_valid_from
    from {{ ref('crm_sla_policy') }}
    -- next_response has no settled definition and is not measured.
    where metric in ('first_response', 'resolution')
)

select
    row_number() over (order by sla_policy_id, metric, priority, valid_from) as sla_target_id,
    sla_policy_id,
    metric as sla_metric,
    priority,
    coalesce(is_premium, false) as is_premium,
    lower(clock) as clock,
    replace(replace(lower(pause_statuses), ' |', '|'), '| ', '|') as pause_statuses,
    target_minutes,
    {{ day_start_at('valid_from') }} as valid_from_at,
    -- Two versions are never in force at once: the later one ends the earlier.
    coalesce(
        least(
            {{ day_start_at(date_plus_days('valid_to', 1)) }}, {{ day_start_at('next_valid_from') }}
        ),
        {{ last_instant() }}
    ) as valid_to_at
from versions
where target_minutes is not null
