{#- Difference of two rates in percentage points, each stratum compared with itself:
    Σ w × (rate of the first group - rate of the other), w from `weight`. The interval squares and adds
    the distances of Newcombe's bounds with w² (settled reading 5). Strata in which one group is missing
    cannot be compared; they are left out and counted in status_reason.

    metric      name in kpi_definition
    relation    CTE or model with one row per final period and finest cell: grain, period_start, the
                columns of dimensions and strata, first_count, first_success_count, other_count,
                other_success_count, complete_on, and note_count if `note` is given
    dimensions  as in kpi_cells
    strata      columns within which the groups are compared
    weight      'first_count' (default) or 'first_count + other_count'
    missing     status_reason where no stratum can be compared; the status then is no_data
    unproven    status_reason where the interval includes 0
    note        label of note_count

    One row per metric × period × slice with the columns of cell_columns(). numerator = successes of the
    first group beyond what the other's rate leads to expect (with the default weight), denominator =
    size of the first group, of the strata that can be compared. -#}
{% macro stratified_difference(metric, relation, dimensions, strata, missing, unproven, weight='first_count', note=none) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
    {%- set dimensions = allowed_dimensions(dimensions) -%}
    {%- set columns = all_dimension_columns(dimensions) -%}
select cells.*
from (
    with counted as (
        {%- for dimension in [none] + dimensions %}
        {%- set parts = dimension_columns(dimension) if dimension else [] %}
        select
            grain,
            period_start,
            '{{ dimension or 'total' }}' as dimension,
            {% if dimension -%}
            coalesce(cast({{ parts | join(" as varchar), '(unknown)') || ' × ' || coalesce(cast(") }} as varchar), '(unknown)')
            {%- else -%}
            'total'
            {%- endif %} as dimension_value,
            {%- for column in strata %}
            {{ column }} as stratum_{{ loop.index }},
            {%- endfor %}
            sum(first_count) as first_count,
            sum(first_success_count) as first_success_count,
            sum(other_count) as other_count,
            sum(other_success_count) as other_success_count,
            sum({{ 'note_count' if note else '0' }}) as note_count,
            max(complete_on) as complete_on
        from {{ relation }}
        group by all
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ),

    compared as (
        select
            *,
            cast(case when first_count > 0 and other_count > 0 then {{ weight }} end as double)
                as stratum_weight,
            first_success_count / nullif(cast(first_count as double), 0)
            - other_success_count / nullif(cast(other_count as double), 0) as difference,
            {{ newcombe('first_success_count', 'first_count', 'other_success_count', 'other_count', 'low') }}
                as low,
            {{ newcombe('first_success_count', 'first_count', 'other_success_count', 'other_count', 'high') }}
                as high
        from counted
    ),

    summed as (
        select
            grain,
            period_start,
            dimension,
            dimension_value,
            sum(stratum_weight * difference) as weighted_difference,
            sum(stratum_weight) as total_weight,
            sqrt(sum(power(stratum_weight * (difference - low), 2))) as distance_low,
            sqrt(sum(power(stratum_weight * (high - difference), 2))) as distance_high,
            sum(case when stratum_weight > 0 then first_count end) as compared_first_count,
            sum(case when stratum_weight > 0 then first_count + other_count else 0 end) as n,
            sum(first_count) as first_count,
            sum(first_success_count) as first_success_count,
            sum(case when stratum_weight > 0 then 0 else first_count + other_count end) as left_out_count,
            sum(note_count) as note_count,
            max(case when stratum_weight > 0 then complete_on end) as complete_on
        from compared
        group by grain, period_start, dimension, dimension_value
    ),

    bounded as (
        select
            *,
            100 * weighted_difference / nullif(total_weight, 0) as value,
            -- greatest and least would turn an unknown bound into the limit.
            case
                when total_weight > 0
                    then 100 * greatest((weighted_difference - distance_low) / nullif(total_weight, 0), -1)
            end as ci_low,
            case
                when total_weight > 0
                    then 100 * least((weighted_difference + distance_high) / nullif(total_weight, 0), 1)
            end as ci_high
        from summed
    ),

    judged as (
        select
            '{{ metric }}' as metric_name,
            grain,
            period_start,
            dimension,
            dimension_value,
            {%- if weight == 'first_count' %}
            weighted_difference as numerator,
            cast(compared_first_count as double) as denominator,
            {%- endif %}
            value,
            n,
            ci_low,
            ci_high,
            complete_on,
            case when total_weight is null then 'no_data' end as forced_status,
            nullif(concat_ws(
                '; ',
                case
                    when total_weight is null
                        then
                            '{{ missing }}, attributed '
                            || cast(cast(first_success_count as bigint) as varchar) || ' of '
                            || cast(cast(first_count as bigint) as varchar)
                end,
                case when ci_low <= 0 and ci_high >= 0 then '{{ unproven }}' end,
                case
                    when total_weight > 0 and left_out_count > 0
                        then 'not comparable=' || cast(cast(left_out_count as bigint) as varchar)
                end
            ), '') as status_reason,
            {{ "'" ~ note ~ "'" if note else 'cast(null as varchar)' }} as note_label,
            note_count
        from bounded
    )

    {{ select_cells('judged', ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value']
        + (['numerator', 'denominator'] if weight == 'first_count' else [])
        + ['value', 'n', 'ci_low', 'ci_high', 'complete_on', 'forced_status', 'status_reason',
           'note_label', 'note_count']) | indent(4) }}
) as cells
{%- endmacro %}
