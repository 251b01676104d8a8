-- How long a case has waited so far: for its first answer by the wall clock and by its calendar,
-- and in local days for its solution. What has not come is looked at on as_of.
with waits as (
    select
        cases.case_id,
        cases.business_hours_id,
        cases.started_at,
        answers.first_reply_at is not null as is_answered,
        coalesce(answers.first_reply_at, reporting.as_of_at) as waited_until,
        outcomes.solved_at is not null as is_solved,
        coalesce({{ reporting_date('outcomes.solved_at') }}, reporting.as_of) as unsolved_until,
        outcomes.first_solved_at
    from {{ ref('int_case') }} as cases
    inner join {{ ref('int_case_answer') }} as answers
        on cases.case_id = answers.case_id
    inner join {{ ref('int_case_outcome') }} as outcomes
        on cases.case_id = outcomes.case_id
    cross join {{ ref('meta_reporting') }} as reporting
)

select
    waits.case_id,
    waits.is_answered,
    {{ seconds_between('waits.started_at', 'waits.waited_until') }} / 60.0
        as first_response_wait_minutes,
    (
        {{ business_clock('ended', 'waits.waited_until') }}
        - {{ business_clock('begun', 'waits.started_at') }}
    ) / 60.0 as first_response_wait_business_minutes,
    waits.is_solved,
    {{ days_between(reporting_date('waits.started_at'), 'waits.unsolved_until') }}
        as resolution_wait_days
from waits
{{ business_clock_join('begun', 'waits.business_hours_id', 'waits.started_at') }}
{{ business_clock_join('ended', 'waits.business_hours_id', 'waits.waited_until') }}
