-- The verdict comes from the targets in force on the way, the minutes from the clock: they must
-- tell the same story. A decision without a date, or one that lies outside the life of the case,
-- would fall out of every period.
select
    case_id,
    sla_metric,
    is_met,
    decided_at,
    elapsed_minutes,
    target_minutes
from {{ ref('int_case_sla') }}
where
    (is_met and (elapsed_minutes > target_minutes or fulfilled_at is null))
    or (not is_met and elapsed_minutes <= target_minutes)
    or (is_met is null) <> (decided_at is null)
    or decided_at < started_at
    or decided_at >= {{ as_of_timestamp() }}
    or decided_at > fulfilled_at
    or (no_answer_reason is not null) <> (elapsed_minutes is null)
    or (is_at_risk and is_open_breach)
