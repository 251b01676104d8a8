-- Scores of single contacts: satisfied customers, and how easy it was for them.
with ratings as (
    select
        responded_on,
        subject,
        case_type,
        channel,
        case_team as team,
        region,
        is_csat_answer,
        is_satisfied
    from {{ ref('fct_feedback') }}
    where
        feedback_type = 'CSAT' and is_answered
        -- A rating that was given again is no rejected scale.
        and (is_csat_answer or not is_scale_known)
),

-- Agreement on 1 to 7, turned round where a low score means little effort.
efforts as (
    select
        responded_on,
        case_type,
        channel,
        case
            when is_higher_better then cast(score as double)
            else scale_min + scale_max - cast(score as double)
        end as agreement
    from {{ ref('fct_feedback') }}
    where
        feedback_type = 'CES' and is_answered and is_scale_known
        and scale_min = 1 and scale_max = 7
),

csat_cells as (
    {{ kpi_cells('ratings', 'responded_on', [
        {
            'metric': 'csat_score',
            'numerator': 'count_if(is_csat_answer and is_satisfied)',
            'denominator': 'count_if(is_csat_answer)',
            'n': 'count_if(is_csat_answer)',
            'note': {'label': 'scale_rejected', 'count': 'count_if(not is_csat_answer)'},
            'dimensions': ['subject', 'case_type', 'channel', 'team', 'region', 'subject × team'],
        },
    ]) }}
)

select * from csat_cells
union all
{{ kpi_cells('efforts', 'responded_on', [
    {
        'metric': 'ces_score',
        'numerator': 'sum(agreement)',
        'denominator': 'count(*)',
        'dimensions': ['case_type', 'channel'],
    },
]) }}
