-- Which target was in force when: the agreement of the case and the version of the policy that
-- was valid. Before its first target a case waits for one: the time counts, but nothing can be
-- exceeded yet.
with in_force as (
    select
        agreements.case_id,
        targets.sla_metric,
        targets.sla_target_id,
        agreements.started_at,
        greatest(agreements.from_at, targets.valid_from_at) as from_at,
        least(agreements.to_at, targets.valid_to_at) as to_at
    from {{ ref('int_case_agreement') }} as agreements
    inner join {{ ref('int_sla_target') }} as targets
        on
            agreements.sla_policy_id = targets.sla_policy_id
            and agreements.priority = lower(targets.priority)
            and agreements.from_at < targets.valid_to_at
            and (
                agreements.to_at > targets.valid_from_at
                or agreements.from_at >= targets.valid_from_at
            )
),

numbered as (
    select
        *,
        coalesce(lag(to_at) over (partition by case_id, sla_metric order by from_at), started_at)
            as waits_from_at
    from in_force
)

select
    case_id,
    sla_metric,
    sla_target_id,
    false as is_waiting,
    from_at,
    to_at
from numbered
union all
select
    case_id,
    sla_metric,
    sla_target_id,
    true as is_waiting,
    waits_from_at as from_at,
    from_at as to_at
from numbered
where waits_from_at < from_at
