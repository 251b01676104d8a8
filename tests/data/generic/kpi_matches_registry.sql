{#- Every KPI, variant, grain, dimension and unit of an area table is in the registry, and every KPI,
    variant, grain and dimension the registry asks for is in the table. `rep` and `owner` slices are
    only asked for where they may be shown; slices are asked for of the demo, which has them all. -#}
{% test kpi_matches_registry(model, area) %}
with published as (
    select distinct
        metric_name,
        grain,
        dimension,
        unit,
        case when dimension = 'variant' then dimension_value end as variant
    from {{ model }}
),

definitions as (
    select *
    from {{ ref('kpi_definition') }}
    where area = '{{ area }}'
),

problems as (
    select
        published.metric_name,
        'not in the registry' as problem
    from published
    left join definitions
        on published.metric_name = definitions.metric_name
    where definitions.metric_name is null
    union all
    select
        definitions.metric_name,
        'not in the table' as problem
    from definitions
    left join published
        on definitions.metric_name = published.metric_name
    where published.metric_name is null
    union all
    select
        published.metric_name,
        'grain not declared: ' || published.grain as problem
    from published
    left join {{ ref('int_metric_grain') }} as grains
        on
            published.metric_name = grains.metric_name
            and published.grain = grains.grain
    where grains.metric_name is null
    union all
    select
        grains.metric_name,
        'grain missing: ' || grains.grain as problem
    from {{ ref('int_metric_grain') }} as grains
    left join published
        on
            grains.metric_name = published.metric_name
            and grains.grain = published.grain
    where grains.area = '{{ area }}' and published.metric_name is null
    union all
    select
        published.metric_name,
        'dimension not declared: ' || published.dimension as problem
    from published
    left join {{ ref('int_metric_dimension') }} as dimensions
        on
            published.metric_name = dimensions.metric_name
            and published.dimension = dimensions.dimension
    where published.dimension not in ('total', 'variant') and dimensions.metric_name is null
    union all
    select
        published.metric_name,
        'variant not declared: ' || published.variant as problem
    from published
    left join {{ ref('kpi_variant') }} as variants
        on
            published.metric_name = variants.metric_name
            and published.variant = variants.variant
    where published.variant is not null and variants.metric_name is null
    union all
    select
        published.metric_name,
        'unit differs: ' || coalesce(published.unit, '(none)') as problem
    from published
    inner join definitions
        on published.metric_name = definitions.metric_name
    where published.dimension = 'total' and published.unit is distinct from definitions.unit
    {%- if enabled_sources() == ['demo'] %}
    union all
    select
        dimensions.metric_name,
        'dimension missing: ' || dimensions.dimension as problem
    from {{ ref('int_metric_dimension') }} as dimensions
    left join published
        on
            dimensions.metric_name = published.metric_name
            and dimensions.dimension = published.dimension
    where
        dimensions.area = '{{ area }}'
        and published.metric_name is null
        {%- if not var('rep_level_enabled') %}
        and ' × ' || dimensions.dimension || ' × ' not like '% × rep × %'
        and ' × ' || dimensions.dimension || ' × ' not like '% × owner × %'
        {%- endif %}
    union all
    select
        variants.metric_name,
        'variant missing: ' || variants.variant as problem
    from {{ ref('kpi_variant') }} as variants
    inner join definitions
        on variants.metric_name = definitions.metric_name
    left join published
        on
            variants.metric_name = published.metric_name
            and variants.variant = published.variant
    where
        published.metric_name is null
        -- Published only as a slice, e.g. `reason × variant`.
        and not exists (
            select 1
            from {{ ref('int_metric_dimension') }} as pairs
            where
                pairs.metric_name = variants.metric_name
                and pairs.dimension like '% × variant'
        )
    {%- endif %}
)

select *
from problems
{% endtest %}
