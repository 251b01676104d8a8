{#- Adds to meta_first_published what is published for the first time, and to meta_kpi_baseline what
    has become a baseline; run it after the tests have passed:

        dbt run-operation keep_first_published --args '{published_version: 20261125T020000Z}'

    A value is published once its period has closed, also while it is still immature: what a late
    renewal does to it afterwards is the restatement. A key that is there already keeps its value
    (G15). -#}
{% macro keep_first_published(published_version=none) -%}
    {%- do run_query(first_publication(ref('meta_first_published'), published_version)) -%}
    {%- for targets in ['int_kpi_target', 'int_governance_target'] -%}
        {%- do run_query(new_baselines(
            ref('meta_kpi_baseline'), ref(targets), published_version)) -%}
    {%- endfor -%}
{%- endmacro %}

{#- Baselines nobody fixed, the first time there are twelve mature periods. -#}
{% macro new_baselines(kept, targets, published_version=none) -%}
insert into {{ kept }} (metric_name, grain, baseline_value, frozen_on, published_version)
select distinct
    targets.metric_name,
    targets.grain,
    targets.own_baseline_value,
    {{ as_of_date() }},
    {{ text_or_null(published_version) }}
from {{ targets }} as targets
where
    targets.own_baseline_value is not null
    and not exists (
        select 1
        from {{ kept }} as kept
        where targets.metric_name = kept.metric_name and targets.grain = kept.grain
    )
{%- endmacro %}

{#- All areas in one statement: what is kept is looked through once. -#}
{% macro first_publication(kept, published_version=none) -%}
insert into {{ kept }} (
    metric_name, grain, period_start, dimension, dimension_value, value, as_of, published_version
)
select
    published.metric_name,
    published.grain,
    published.period_start,
    published.dimension,
    published.dimension_value,
    published.value,
    published.as_of,
    {{ text_or_null(published_version) }}
from (
    {%- for table in area_tables().values() %}
    select
        metric_name,
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        value,
        as_of
    from {{ ref(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
) as published
where
    published.period_end <= published.as_of
    and published.value is not null
    and not exists (
        select 1
        from {{ kept }} as kept
        where
            published.metric_name = kept.metric_name
            and published.grain = kept.grain
            and published.period_start = kept.period_start
            and published.dimension = kept.dimension
            and published.dimension_value = kept.dimension_value
    )
{%- endmacro %}
