{%- set z = z_95() -%}
-- The total speaks for the customer base, not for those who happened to answer: countries weigh by
-- their active customers (± z × √Σ w² SE²). Slices and the variant raw count answers.
with stratified as (
    select
        grain,
        period_start,
        sum(weight * nps) as value,
        sqrt(sum(weight * weight * variance)) as standard_error,
        sum(case when weight > 0 then answer_count end) as n,
        sum(case when weight > 0 then 0 else answer_count end) as unweighted_count,
        sum(customer_count) / nullif(cast(max(all_customer_count) as double), 0)
            as covered_share,
        {{ join_text("case when weight > 0 and answer_count = 1 then country end", ', ') }}
            as single_answer_countries
    from {{ ref('int_nps_country') }}
    group by grain, period_start
    having sum(weight) > 0
),

stratified_cells as (
    select
        'nps_score' as metric_name,
        grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        value,
        n,
        greatest(value - {{ z }} * standard_error, -100.0) as ci_low,
        least(value + {{ z }} * standard_error, 100.0) as ci_high,
        'weighted by country, ' || cast(cast(round(100 * covered_share) as integer) as varchar)
        || ' % of customers'
        || coalesce('; one answer only: ' || single_answer_countries, '') as status_reason,
        case when unweighted_count > 0 then 'answers_without_weight' end as note_label,
        unweighted_count as note_count
    from stratified
),

unweighted_cells as (
    {{ kpi_cells(ref('int_nps_answer'), 'period_start', [
        {
            'metric': 'nps_score',
            'numerator': 'count_if(is_promoter) - count_if(is_detractor)',
            'squares': 'count_if(is_promoter) + count_if(is_detractor)',
            'denominator': 'count(*)',
            'dimensions': ['country', 'subject', 'segment', 'region', 'survey_kind', 'tenure_band'],
        },
        {
            'metric': 'nps_score',
            'variant': 'raw',
            'numerator': 'count_if(is_promoter) - count_if(is_detractor)',
            'squares': 'count_if(is_promoter) + count_if(is_detractor)',
            'denominator': 'count(*)',
        },
    ], grain_column='grain') }}
),

-- Without customers of a known country nothing can be weighted.
unweighted_totals as (
    select unweighted_cells.*
    from unweighted_cells
    left join stratified
        on
            unweighted_cells.grain = stratified.grain
            and unweighted_cells.period_start = stratified.period_start
    where unweighted_cells.dimension = 'total' and stratified.grain is null
),

answers_per_account as (
    select
        grain,
        period_start,
        account_id,
        avg(cast(
            case when is_promoter then 1 when is_detractor then -1 else 0 end as double
        )) as balance
    from {{ ref('int_nps_answer') }}
    where account_id is not null
    group by grain, period_start, account_id
),

account_cells as (
    {{ kpi_cells('answers_per_account', 'period_start', [
        {
            'metric': 'nps_score',
            'variant': 'account_mean',
            'numerator': 'sum(balance)',
            'squares': 'sum(balance * balance)',
            'denominator': 'count(*)',
        },
    ], grain_column='grain') }}
),

scored_answers as (
    select
        *,
        score >= 8 as is_eu_promoter,
        score < 6 as is_eu_detractor
    from {{ ref('int_nps_answer') }}
    where grain <> 'month'
),

eu_cells as (
    {{ kpi_cells('scored_answers', 'period_start', [
        {
            'metric': 'nps_eu_variant',
            'numerator': 'count_if(is_eu_promoter) - count_if(is_eu_detractor)',
            'squares': 'count_if(is_eu_promoter) + count_if(is_eu_detractor)',
            'denominator': 'count(*)',
            'dimensions': ['country', 'subject'],
        },
    ], grain_column='grain') }}
)

{{ select_cells('stratified_cells', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n', 'ci_low',
    'ci_high', 'status_reason', 'note_label', 'note_count',
]) }}
union all
{{ relabelled_cells('unweighted_cells', {}) }}
where dimension <> 'total'
union all
{{ relabelled_cells('unweighted_totals', {
    'status_reason': "'not weighted: no customers of a known country'",
}) }}
union all
{{ relabelled_cells('account_cells', {}) }}
where dimension = 'variant'
union all
{{ relabelled_cells('eu_cells', {}) }}
