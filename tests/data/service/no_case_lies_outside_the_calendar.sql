-- A case older than the days of the calendar has no business time. It never counts as 0 minutes
-- (the instance says so), but it must not disappear from the SLA figures unnoticed either.
select
    case_id,
    sla_metric,
    started_at
from {{ ref('int_case_sla') }}
where no_answer_reason = 'outside the days of the calendar'
