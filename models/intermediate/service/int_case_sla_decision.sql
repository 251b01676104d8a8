-- The target that decides each SLA instance, and the moment it was used up: the first one that was
-- exceeded, else the one in force last.
with uses as (
    select
        case_id,
        sla_metric,
        target_from_at,
        max(elapsed_after_seconds) > max(target_seconds) as is_exceeded,
        -- The one stretch in which the target was used up, on a business clock …
        min(
            case
                when
                    elapsed_before_seconds < target_seconds
                    and target_seconds <= elapsed_after_seconds
                    then clock_reading + target_seconds - elapsed_before_seconds
            end
        ) as used_up_reading,
        -- … or on the calendar's …
        min(
            case
                when
                    clock_reading is null
                    and elapsed_before_seconds < target_seconds
                    and target_seconds <= elapsed_after_seconds
                    then {{ plus_seconds('from_at', '(target_seconds - elapsed_before_seconds)') }}
            end
        ) as used_up_at,
        -- … or the beginning of a target that had been used up before it came into force.
        min(case when elapsed_before_seconds >= target_seconds then from_at end) as used_up_from_at
    from {{ ref('int_case_sla_segment') }}
    where target_seconds is not null
    group by case_id, sla_metric, target_from_at
),

ranked as (
    select
        targets.case_id,
        targets.sla_metric,
        targets.sla_target_id,
        targets.from_at,
        targets.to_at,
        coalesce(uses.is_exceeded, false) as is_exceeded,
        uses.used_up_reading,
        coalesce(
            uses.used_up_at,
            case when uses.used_up_reading is null then uses.used_up_from_at end
        ) as used_up_at,
        case when uses.is_exceeded then 1 when uses.case_id is not null then 2 else 3 end
            as target_rank
    from {{ ref('int_case_target') }} as targets
    left join uses
        on
            targets.case_id = uses.case_id
            and targets.sla_metric = uses.sla_metric
            and targets.from_at = uses.target_from_at
    where not targets.is_waiting
),

decisive as (
    select *
    from ranked
    qualify
        row_number() over (
            partition by case_id, sla_metric
            order by
                target_rank asc,
                case when target_rank <> 2 then from_at end asc,
                from_at desc
        ) = 1
)

select
    decisive.case_id,
    decisive.sla_metric,
    decisive.sla_target_id,
    decisive.to_at as target_to_at,
    decisive.is_exceeded,
    coalesce({{ business_instant('due', 'decisive.used_up_reading') }}, decisive.used_up_at)
        as used_up_at
from decisive
inner join {{ ref('int_case') }} as cases
    on decisive.case_id = cases.case_id
{{ business_instant_join('due', 'cases.business_hours_id', 'decisive.used_up_reading') }}
