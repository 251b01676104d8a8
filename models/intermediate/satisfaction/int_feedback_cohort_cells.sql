-- Cohorts whose members leave numerator and denominator while their window is open. Where nobody's
-- is over yet, the parts are NULL and the row is immature.
with invitations as (
    select
        invited_on,
        channel,
        segment,
        country,
        is_answered_in_time,
        is_answered_in_time is not null as is_mature
    from {{ ref('fct_feedback') }}
    where is_invitation
),

invitations_by_period as (
    {{ rows_by_period('invitations', 'invited_on', 'survey_response_rate') | indent(4) }}
),

unhappy_answers as (
    select
        responded_on,
        owner_team as team,
        subject,
        is_loop_closed_in_time,
        is_loop_closed_in_time is not null as is_mature
    from {{ ref('fct_feedback') }}
    where loop_due_at is not null
),

unhappy_answers_by_period as (
    {{ rows_by_period('unhappy_answers', 'responded_on', 'close_the_loop_rate') | indent(4) }}
),

cells as (
    {{ kpi_cells('invitations_by_period', 'period_start', [
        {
            'metric': 'survey_response_rate',
            'numerator': 'case when count_if(is_mature) > 0 then count_if(is_answered_in_time) end',
            'denominator': 'nullif(count_if(is_mature), 0)',
            'n': 'count_if(is_mature)',
            'note': {'label': 'window_open', 'count': 'count_if(not is_mature)'},
            'dimensions': ['channel', 'segment', 'country'],
        },
    ], grain_column='grain') | indent(4) }}
    union all
    {{ kpi_cells('unhappy_answers_by_period', 'period_start', [
        {
            'metric': 'close_the_loop_rate',
            'numerator': 'case when count_if(is_mature) > 0'
                ~ ' then count_if(is_loop_closed_in_time) end',
            'denominator': 'nullif(count_if(is_mature), 0)',
            'n': 'count_if(is_mature)',
            'note': {'label': 'window_open', 'count': 'count_if(not is_mature)'},
            'dimensions': ['team', 'subject'],
        },
    ], grain_column='grain') | indent(4) }}
)

{{ relabelled_cells('cells', {
    'forced_status': "case when denominator is null then 'immature' end",
    'status_reason': "case when denominator is null then 'no window over yet' end",
}) }}
