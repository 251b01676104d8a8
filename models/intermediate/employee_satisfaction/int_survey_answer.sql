-- One row per invited employee and question; nothing here says who that was.
with responses as (
    select
        response_id,
        survey_wave,
        upper(question_code) as question_code,
        cast(score as double) as score,
        scale_max,
        coalesce(department, '(unknown)') as department,
        coalesce(region, '(unknown)') as region,
        invited_at,
        responded_at
    from {{ ref('crm_employee_survey_response') }}
    where invited_at < {{ as_of_timestamp() }}
),

-- A wave lies in the quarter of its first invitation, also where it runs into the next one.
waves as (
    select
        survey_wave,
        {{ fiscal_period_start(reporting_date('min(invited_at)'), 3) }} as period_start
    from responses
    group by survey_wave
),

judged as (
    select
        responses.*,
        waves.period_start,
        questions.scale_min,
        questions.is_index_item,
        responses.score is not null
        and coalesce(responses.responded_at, responses.invited_at) < {{ as_of_timestamp() }}
            as is_answered,
        coalesce(
            responses.score between questions.scale_min and responses.scale_max
            -- A scale that is fixed is never converted.
            and responses.scale_max = coalesce(questions.scale_max, responses.scale_max),
            false
        ) as is_on_scale
    from responses
    inner join waves
        on responses.survey_wave = waves.survey_wave
    inner join {{ ref('survey_question') }} as questions
        on
            responses.question_code = questions.question_code
            and responses.survey_wave >= coalesce(questions.valid_from_wave, '')
)

select
    response_id,
    survey_wave,
    'quarter' as grain,
    period_start,
    question_code as question,
    department,
    region,
    score,
    is_answered,
    is_answered and is_on_scale as is_valid,
    is_index_item,
    case
        when is_answered and is_on_scale
            then 100.0 * (score - scale_min) / nullif(cast(scale_max - scale_min as double), 0)
    end as index_points,
    is_answered and is_on_scale and score >= scale_max - 1 as is_top_two
from judged
