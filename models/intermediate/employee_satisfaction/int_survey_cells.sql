-- Employee surveys by wave. What int_survey_group hides never gets a number.
with invitations as (
    select * from {{ ref('int_survey_answer') }}
),

enps_answers as (
    select * from invitations
    where question = 'ENPS' and is_valid
),

index_answers as (
    select * from invitations
    where is_index_item and is_valid
),

usefulness_answers as (
    select * from invitations
    where question = 'CRM_USEFUL' and is_valid
),

enps_invitations as (
    select * from invitations
    where question = 'ENPS'
),

cells as (
    {{ kpi_cells('enps_answers', 'period_start', [
        {
            'metric': 'enps_score',
            'numerator': 'count_if(score >= 9) - count_if(score <= 6)',
            'squares': 'count_if(score >= 9) + count_if(score <= 6)',
            'denominator': 'count(*)',
            'dimensions': ['department', 'region'],
        },
    ], grain_column='grain') | indent(4) }}
    union all
    {{ kpi_cells('index_answers', 'period_start', [
        {
            'metric': 'employee_satisfaction_index',
            'numerator': 'sum(index_points)',
            'denominator': 'count(*)',
            'dimensions': ['department', 'question'],
        },
    ], grain_column='grain') | indent(4) }}
    union all
    {{ kpi_cells('usefulness_answers', 'period_start', [
        {
            'metric': 'crm_usefulness_score',
            'numerator': 'count_if(is_top_two)',
            'denominator': 'count(*)',
            'dimensions': ['department'],
        },
    ], grain_column='grain') | indent(4) }}
    union all
    {{ kpi_cells('enps_invitations', 'period_start', [
        {
            'metric': 'employee_survey_participation_rate',
            'numerator': 'count_if(is_answered)',
            'denominator': 'count(*)',
            'dimensions': ['department'],
        },
    ], grain_column='grain') | indent(4) }}
),

guarded as (
    select
        cells.*,
        coalesce(
            case
                when cells.metric_name = 'employee_survey_participation_rate'
                    then groups.is_invited_hidden
                else groups.is_answer_hidden
            end, true
        ) as is_hidden
    from cells
    left join {{ ref('int_survey_group') }} as groups
        on
            cells.period_start = groups.period_start
            and cells.dimension = groups.dimension
            and cells.dimension_value = groups.member
)

{{ relabelled_cells('guarded', {
    'numerator': 'case when not is_hidden then numerator end',
    'denominator': 'case when not is_hidden then denominator end',
    'n': 'case when not is_hidden then n end',
    'ci_low': 'case when not is_hidden then ci_low end',
    'ci_high': 'case when not is_hidden then ci_high end',
    'forced_status': "case when is_hidden then 'suppressed' end",
    'status_reason': "case when is_hidden then 'too few answers, or to be derived from the others' end",
}) }}
