{#- Adds to meta_first_published what is published for the first time; run it after the tests have
    passed:

        dbt run-operation keep_first_published

    A value is published once its period has closed, also while it is still immature: what a late
    renewal does to it afterwards is the restatement. A key that is there already keeps its value
    (G15). -#}
{% macro keep_first_published() -%}
    {%- set kept = ref('meta_first_published') -%}
    {%- for table in area_tables().values() -%}
        {%- do run_query(first_publication(kept, ref(table))) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro first_publication(kept, published) -%}
insert into {{ kept }} (metric_name, grain, period_start, dimension, dimension_value, value, as_of)
select
    published.metric_name,
    published.grain,
    published.period_start,
    published.dimension,
    published.dimension_value,
    published.value,
    published.as_of
from {{ published }} as published
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
