{%- set z = z_95() -%}
-- Each country against its own reference; the group gap weighs them by active customers, those
-- without a reference left out of the weights.
with gaps as (
    select
        strata.period_start,
        strata.country,
        strata.answer_count,
        strata.customer_count,
        strata.nps - reference_values.reference_nps as gap,
        strata.variance + reference_values.reference_variance as variance,
        reference_values.reference_source
    from {{ ref('int_nps_country') }} as strata
    left join {{ ref('int_nps_reference') }} as reference_values
        on
            strata.country = reference_values.country
            and strata.period_start = reference_values.period_start
    where strata.grain = 'quarter'
),

weighted as (
    select
        *,
        case when gap is not null then customer_count end / nullif(cast(sum(
            case when gap is not null then customer_count end
        ) over (partition by period_start) as double), 0) as weight
    from gaps
),

country_cells as (
    select
        'nps_country_gap' as metric_name,
        'quarter' as grain,
        period_start,
        'country' as dimension,
        country as dimension_value,
        gap as value,
        answer_count as n,
        gap - {{ z }} * sqrt(variance) as ci_low,
        gap + {{ z }} * sqrt(variance) as ci_high,
        case when gap is null then 'not_applicable' end as forced_status,
        coalesce('reference: ' || reference_source, 'no reference') as status_reason
    from weighted
),

total_cells as (
    select
        'nps_country_gap' as metric_name,
        'quarter' as grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        sum(weight * gap) as value,
        coalesce(sum(case when weight > 0 then answer_count end), 0) as n,
        sum(weight * gap) - {{ z }} * sqrt(sum(weight * weight * variance)) as ci_low,
        sum(weight * gap) + {{ z }} * sqrt(sum(weight * weight * variance)) as ci_high,
        case
            when coalesce(max(weight), 0.0) = 0 then 'not_applicable'
            when count_if(gap is null and customer_count > 0) > 0 then 'partial'
        end as forced_status,
        'reference missing: '
        || {{ join_text('case when gap is null and customer_count > 0 then country end', ', ') }}
            as status_reason
    from weighted
    group by period_start
)

{%- set given = [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n', 'ci_low',
    'ci_high', 'forced_status', 'status_reason',
] %}

{{ select_cells('country_cells', given) }}
union all
{{ select_cells('total_cells', given) }}
