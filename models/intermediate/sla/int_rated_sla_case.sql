-- Green outside: cases that kept every promise, with what their customers said. Red inside is a
-- CSAT of at most watermelon_csat_max on a scale of 1 to 5, other scales in proportion.
with kept_cases as (
    select case_id
    from {{ ref('fct_case_sla') }}
    group by case_id
    having min(case when is_met then 1 else 0 end) = 1
),

scores as (
    select
        case_id,
        responded_at,
        1
        + 4 * (score - coalesce(scale_min, 1))
        / nullif(cast(coalesce(scale_max, 5) - coalesce(scale_min, 1) as double), 0) as csat_score
    from {{ ref('crm_feedback') }}
    where
        feedback_type = 'CSAT'
        and case_id is not null
        and score is not null
        and not coalesce(is_excluded, false)
        and responded_at < {{ as_of_timestamp() }}
    -- Who answered again has changed their mind.
    qualify
        row_number() over (partition by case_id order by responded_at desc, feedback_id asc) = 1
)

select
    cases.case_id,
    cases.account_id,
    cases.team,
    cases.priority,
    cases.solved_on,
    scores.responded_at,
    scores.csat_score,
    scores.csat_score <= {{ parameter('watermelon_csat_max') }} as is_watermelon
from {{ ref('fct_case') }} as cases
inner join kept_cases
    on cases.case_id = kept_cases.case_id
inner join scores
    on cases.case_id = scores.case_id
where cases.solved_on is not null
