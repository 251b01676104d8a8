-- Mentions in social media, and smileys at terminals. Both are judged over a whole period: a
-- balance for its interval, smileys because four and five buttons must not mix.
with mentions as (
    select
        responded_on,
        channel,
        subject,
        theme,
        case sentiment when 'positive' then 1 when 'neutral' then 0 when 'negative' then -1 end
            as balance
    from {{ ref('fct_feedback') }}
    where feedback_type = 'SOCIAL' and not is_excluded
),

mentions_by_period as (
    {{ rows_by_period('mentions', 'responded_on', 'net_sentiment_score') | indent(4) }}
),

smileys as (
    select
        responded_on,
        channel,
        weekday,
        hour,
        cast(scale_max - scale_min + 1 as varchar) as scale,
        100.0 * (score - scale_min) / nullif(cast(scale_max - scale_min as double), 0)
            as smiley_points
    from {{ ref('fct_feedback') }}
    where feedback_type = 'SMILEY' and is_answered and is_scale_known
),

smileys_by_period as (
    {{ rows_by_period('smileys', 'responded_on', 'smiley_index') | indent(4) }}
),

smiley_cells as (
    {{ kpi_cells('smileys_by_period', 'period_start', [
        {
            'metric': 'smiley_index',
            'numerator': 'sum(smiley_points)',
            'denominator': 'count(*)',
            'reason': "case when count(distinct scale) > 1 then 'see scale' end",
            'dimensions': ['scale', 'channel', 'weekday', 'hour'],
        },
    ], grain_column='grain') }}
)

{{ kpi_cells('mentions_by_period', 'period_start', [
    {
        'metric': 'net_sentiment_score',
        'numerator': 'sum(balance)',
        'squares': 'sum(balance * balance)',
        'denominator': 'count(balance)',
        'n': 'count(balance)',
        'note': {'label': 'without_sentiment', 'count': 'count_if(balance is null)'},
        'dimensions': ['channel', 'subject', 'theme'],
    },
], grain_column='grain') }}
union all
{{ relabelled_cells('smiley_cells', {
    'forced_status': "case when status_reason = 'see scale' then 'not_applicable' end",
}) }}
