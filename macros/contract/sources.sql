{#- The sources that are switched on, in the order of WAREHOUSE_SOURCES. An unknown name stops the run. -#}
{% macro enabled_sources() %}
    {%- set declared = var('crm_sources') -%}
    {%- set names = [] -%}
    {%- for name in env_var('WAREHOUSE_SOURCES', 'demo').split(',') if name.strip() -%}
        {%- if name.strip() not in declared -%}
            {%- do exceptions.raise_compiler_error(
                "WAREHOUSE_SOURCES names '" ~ name.strip() ~ "', but dbt_project.yml declares only: "
                ~ declared.keys() | join(', ') ~ ". Add an entry under vars: crm_sources."
            ) -%}
        {%- endif -%}
        {%- do names.append(name.strip()) -%}
    {%- endfor -%}
    {%- do return(names) -%}
{% endmacro %}

{#- The settings of one source, defaults filled in. -#}
{% macro source_settings(source_name) %}
    {%- set settings = {'shape': 'mapped', 'time_zone': 'UTC', 'currency': none, 'stand_ins': {}} -%}
    {%- do settings.update(var('crm_sources').get(source_name, {})) -%}
    {%- do return(settings) -%}
{% endmacro %}

{#- A raw table with `_source_file`, `_source_row` and `_loaded_at`. The demo is a seed; a source in the
    contract's shape needs no declaration beyond its entry in crm_sources; mapped sources are declared
    beside their mappings, so that dbt docs shows where a model comes from. -#}
{% macro raw(source_name, table) %}
    {%- if source_name == 'demo' -%}
        (
            select
                *,
                'seeds/demo/{{ table }}.csv' as _source_file,
                {{ seed_row_number() }} as _source_row,
                cast(null as timestamp) as _loaded_at
            from {{ ref(table) }}
        )
    {%- elif source_settings(source_name).shape == 'contract' -%}
        {{ api.Relation.create(database=target.database, schema='raw_' ~ source_name, identifier=table) }}
    {%- else -%}
        {{ source('raw_' ~ source_name, table) }}
    {%- endif -%}
{% endmacro %}

{#- All switched-on sources of one contract table, conformed: typed columns, the text behind them
    (`<column>__raw`), custom columns and lineage. Empty with the right types where no source has it. -#}
{% macro conformed(table) %}
    {%- if is_linting() -%}{%- do return('select * from ' ~ table) -%}{%- endif -%}
    {%- set parts = [] -%}
    {%- for source_name in enabled_sources() -%}
        {%- set settings = source_settings(source_name) -%}
        {%- if table in settings.tables -%}
            {%- if settings.shape == 'contract' -%}
                {%- do parts.append(conform(table, source_name, raw(source_name, table))) -%}
            {%- else -%}
                {%- do parts.append('select ' ~ conformed_columns(table) | join(', ')
                    ~ ' from ' ~ ref('stg_' ~ source_name ~ '__' ~ table)) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not parts -%}
        {%- do parts.append(empty_conformed(table)) -%}
    {%- endif -%}
    {{ parts | join('\nunion all\n') }}
{% endmacro %}
