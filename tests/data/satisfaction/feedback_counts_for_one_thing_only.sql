-- A score counts in the KPI of its own survey and scale; what is excluded counts nowhere; every
-- rated case has exactly one rating that counts.
select
    feedback_id,
    'counts for a survey it does not belong to' as problem
from {{ ref('fct_feedback') }}
where
    (is_nps_answer and (feedback_type <> 'NPS' or scale_min <> 0 or scale_max <> 10 or score > 10))
    or (is_csat_answer and feedback_type <> 'CSAT')
    or (is_excluded and (is_answered or is_invitation or is_nps_answer or is_csat_answer))
    or (loop_due_at is not null and not is_dissatisfied)
    or (is_satisfied and is_dissatisfied)
union all
select
    min(feedback_id) as feedback_id,
    'not one rating of the case counts' as problem
from {{ ref('fct_feedback') }}
where case_id is not null and feedback_type = 'CSAT' and is_answered and is_scale_known
group by case_id
having count_if(is_csat_answer) <> 1
