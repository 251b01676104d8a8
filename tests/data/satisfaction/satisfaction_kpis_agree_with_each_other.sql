-- What must be equal by definition: the parts of the NPS close and its slices hold everybody, the
-- published NPS is promoter share minus detractor share of the answers, the European variant
-- forgives and never takes, themes share the coded answers, nobody answers without having been
-- asked, and a weighted total lies between its countries.
with kpi as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value,
        n
    from {{ ref('kpi_customer_satisfaction') }}
    where value_status not in ('no_data', 'suppressed')
),

-- Counted from the answers, not from the cells.
answers as (
    select
        grain,
        period_start,
        count(*) as answer_count,
        count_if(score >= 9) as promoter_count,
        count_if(score > 6 and score < 9) as passive_count,
        count_if(score <= 6) as detractor_count,
        count_if(is_promoter) + count_if(is_passive) + count_if(is_detractor) as flagged_count
    from {{ ref('int_nps_answer') }}
    group by grain, period_start
),

shares as (
    select
        grain,
        period_start,
        100.0 * promoter_count / nullif(cast(answer_count as double), 0)
        - 100.0 * detractor_count / nullif(cast(answer_count as double), 0) as nps
    from answers
),

raw_scores as (
    select * from kpi
    where metric_name = 'nps_score' and dimension_value = 'raw'
),

countries as (
    select
        grain,
        period_start,
        min(value) as lowest,
        max(value) as highest
    from kpi
    where metric_name = 'nps_score' and dimension = 'country'
    group by grain, period_start
),

problems as (
    select
        'promoters + passives + detractors are not the answers' as problem,
        grain,
        period_start,
        cast(answer_count as double) as expected,
        cast(flagged_count as double) as found
    from answers
    where
        promoter_count + passive_count + detractor_count <> answer_count
        or flagged_count <> answer_count
    union all
    select
        'NPS is not promoter share − detractor share' as problem,
        raw_scores.grain,
        raw_scores.period_start,
        shares.nps as expected,
        raw_scores.value as found
    from raw_scores
    left join shares
        on
            raw_scores.grain = shares.grain
            and raw_scores.period_start = shares.period_start
    where not coalesce(abs(shares.nps - raw_scores.value) < 1e-9, false)
    union all
    select
        'slices of the NPS do not hold everybody: ' || slices.dimension as problem,
        slices.grain,
        slices.period_start,
        max(raw_scores.denominator) as expected,
        sum(slices.denominator) as found
    from kpi as slices
    inner join raw_scores
        on
            slices.grain = raw_scores.grain
            and slices.period_start = raw_scores.period_start
    where slices.metric_name = 'nps_score' and slices.dimension not in ('total', 'variant')
    group by slices.dimension, slices.grain, slices.period_start
    having
        sum(slices.denominator) <> max(raw_scores.denominator)
        or sum(slices.numerator) <> max(raw_scores.numerator)
    union all
    select
        'weighted NPS lies outside its countries' as problem,
        kpi.grain,
        kpi.period_start,
        countries.lowest as expected,
        kpi.value as found
    from kpi
    inner join countries
        on
            kpi.grain = countries.grain
            and kpi.period_start = countries.period_start
    where
        kpi.metric_name = 'nps_score'
        and kpi.dimension = 'total'
        and (kpi.value < countries.lowest - 1e-9 or kpi.value > countries.highest + 1e-9)
    union all
    select
        'European variant below the NPS: ' || standard.dimension_value as problem,
        standard.grain,
        standard.period_start,
        standard.value as expected,
        variant.value as found
    from kpi as standard
    inner join kpi as variant
        on
            variant.metric_name = 'nps_eu_variant'
            and standard.grain = variant.grain
            and standard.period_start = variant.period_start
            and (
                (
                    standard.dimension = variant.dimension
                    and standard.dimension_value = variant.dimension_value
                    and standard.dimension <> 'total'
                )
                or (standard.dimension_value = 'raw' and variant.dimension = 'total')
            )
    where
        standard.metric_name = 'nps_score'
        and (variant.value < standard.value - 1e-9 or variant.denominator <> standard.denominator)
    union all
    select
        'themes do not share the coded answers' as problem,
        themes.grain,
        themes.period_start,
        max(totals.numerator) as expected,
        sum(themes.numerator) as found
    from kpi as themes
    inner join kpi as totals
        on
            totals.metric_name = 'feedback_theme_share'
            and totals.dimension = 'total'
            and themes.grain = totals.grain
            and themes.period_start = totals.period_start
    where themes.metric_name = 'feedback_theme_share' and themes.dimension = 'theme'
    group by themes.grain, themes.period_start
    having
        sum(themes.numerator) <> max(totals.numerator)
        or abs(sum(themes.value) - 1) > 1e-9
    union all
    select
        'themes of the subjects are not those of all' as problem,
        themes.grain,
        themes.period_start,
        max(themes.numerator) as expected,
        sum(pairs.numerator) as found
    from kpi as themes
    left join kpi as pairs
        on
            themes.metric_name = pairs.metric_name
            and pairs.dimension = 'subject × theme'
            and themes.grain = pairs.grain
            and themes.period_start = pairs.period_start
            and themes.dimension_value = split_part(pairs.dimension_value, ' × ', 2)
    where themes.metric_name = 'feedback_theme_share' and themes.dimension = 'theme'
    group by themes.grain, themes.period_start, themes.dimension_value
    having sum(pairs.numerator) is distinct from max(themes.numerator)
    union all
    select
        'more answers than invitations, or more calls than unhappy customers' as problem,
        grain,
        period_start,
        denominator as expected,
        numerator as found
    from kpi
    where
        metric_name in (
            'survey_response_rate', 'close_the_loop_rate', 'csat_score',
            'satisfaction_measurement_regularity'
        )
        and dimension <> 'variant'
        and numerator > denominator
    union all
    select
        'answered before or without an invitation' as problem,
        'day' as grain,
        invited_on as period_start,
        1.0 as expected,
        0.0 as found
    from {{ ref('fct_feedback') }}
    where
        is_answered_in_time
        and (not is_answered or not is_invitation or responded_at < invited_at)
)

select *
from problems
