{%- set z = z_95() -%}
-- What the words are about. The total is the coding coverage; shares are of the coded answers.
-- Terminals and mentions are no answers in words.
with answers as (
    select
        responded_on,
        subject,
        theme
    from {{ ref('fct_feedback') }}
    where feedback_type in ('NPS', 'CSAT', 'CES') and is_answered and is_scale_known
),

answers_by_period as (
    {{ rows_by_period('answers', 'responded_on', 'feedback_theme_share') | indent(4) }}
),

coded_answers as (
    select * from answers_by_period
    where theme is not null
),

coverage_cells as (
    {{ kpi_cells('answers_by_period', 'period_start', [
        {
            'metric': 'feedback_theme_share',
            'numerator': 'count(theme)',
            'denominator': 'count(*)',
        },
    ], grain_column='grain') }}
),

theme_cells as (
    {{ kpi_cells('coded_answers', 'period_start', [
        {
            'metric': 'feedback_theme_share',
            'numerator': 'count(*)',
            'denominator': 'count(*)',
            'dimensions': ['theme', 'subject × theme'],
        },
    ], grain_column='grain') }}
),

theme_shares as (
    select
        theme_cells.*,
        sum(theme_cells.numerator) over (
            partition by
                theme_cells.grain, theme_cells.period_start, theme_cells.dimension,
                case
                    when theme_cells.dimension <> 'theme'
                        then split_part(theme_cells.dimension_value, ' × ', 1)
                end
        ) as coded_count
    from theme_cells
    where theme_cells.dimension <> 'total'
),

themes as (
    select
        grain,
        period_start,
        theme,
        count(*) as answer_count,
        count_if(is_promoter) - count_if(is_detractor) as balance,
        count_if(is_promoter) + count_if(is_detractor) as squares
    from {{ ref('int_nps_answer') }}
    where grain <> 'month' and theme is not null
    group by grain, period_start, theme
),

others as (
    select
        *,
        sum(answer_count) over (partition by grain, period_start) - answer_count as other_count,
        sum(balance) over (partition by grain, period_start) - balance as other_balance,
        sum(squares) over (partition by grain, period_start) - squares as other_squares
    from themes
),

means as (
    select
        *,
        balance / nullif(cast(answer_count as double), 0) as mean,
        other_balance / nullif(cast(other_count as double), 0) as other_mean
    from others
),

impacts as (
    select
        *,
        100 * (mean - other_mean) as impact,
        100 * sqrt(
            greatest(squares / nullif(cast(answer_count as double), 0) - mean * mean, 0)
            / nullif(cast(answer_count as double), 0)
            + greatest(
                other_squares / nullif(cast(other_count as double), 0) - other_mean * other_mean, 0
            ) / nullif(cast(other_count as double), 0)
        ) as standard_error
    from means
),

impact_cells as (
    select
        'feedback_theme_share' as metric_name,
        'nps_impact' as variant,
        grain,
        period_start,
        'theme × variant' as dimension,
        theme || ' × nps_impact' as dimension_value,
        impact as value,
        answer_count + other_count as n,
        greatest(impact - {{ z }} * standard_error, -200.0) as ci_low,
        least(impact + {{ z }} * standard_error, 200.0) as ci_high,
        -- Two groups are compared: the smaller one decides.
        case when least(answer_count, other_count) < {{ parameter('n_min') }} then 'low_n' end
            as forced_status,
        'with=' || cast(answer_count as varchar) as status_reason
    from impacts
)

select * from coverage_cells
union all
{{ relabelled_cells('theme_shares', {'denominator': 'coded_count', 'n': 'coded_count'}) }}
union all
{{ select_cells('impact_cells', [
    'metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
    'ci_low', 'ci_high', 'forced_status', 'status_reason',
]) }}
