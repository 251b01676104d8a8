-- One person has one voice in a period, the latest. An answer without a person is its own.
with answers as (
    select
        feedback_id,
        coalesce(contact_id, feedback_id) as respondent_id,
        account_id,
        country,
        subject,
        survey_kind,
        segment,
        region,
        tenure_band,
        theme,
        responded_at,
        responded_on,
        score,
        is_promoter,
        is_passive,
        is_detractor
    from {{ ref('fct_feedback') }}
    where is_nps_answer
),

answers_by_period as (
    {{ rows_by_period('answers', 'responded_on', 'nps_score') | indent(4) }}
)

select *
from answers_by_period
qualify
    row_number() over (
        partition by grain, period_start, respondent_id
        order by responded_at desc, feedback_id desc
    ) = 1
