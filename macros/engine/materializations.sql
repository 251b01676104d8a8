{#- How tables and tests are made on DuckDB. dbt's own way takes a dozen statements per table and five
    per test, most of them for engines that cannot replace a table in one step. -#}

{#- `create or replace` inside a transaction: readers see the old rows or the new ones, and an error
    leaves the old table. A contract is checked on the columns that came out, at no second planning of
    the query; where they differ, dbt's own check words the error. Columns with constraints need them
    declared before the rows come, which is left to dbt's own DDL. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set memory = memory_of(compiled_code) -%}
    {%- if memory.is_unchanged and existing is not none and existing.is_table -%}
        {%- do store_raw_result('main', message='UNCHANGED', code='UNCHANGED', rows_affected=0) -%}
        {{ return({'relations': [target]}) }}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if has_constraints() -%}
        {%- call statement('main') -%}
            drop {{ existing.type if existing is not none else 'table' }} if exists {{ target }};
            {{ create_table_as(False, target, compiled_code) }}
        {%- endcall -%}
    {%- else -%}
        {%- if existing is not none and not existing.is_table -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- call statement('main') -%}
            create or replace table {{ target }} as (
                {{ compiled_code }}
            )
        {%- endcall -%}
        {%- if config.get('contract').enforced and not has_contract_columns(target) -%}
            {{ get_assert_columns_equivalent(compiled_code) }}
            {%- call statement('in_order') -%}
                create or replace table {{ target }} as (
                    {{ get_select_subquery(compiled_code) }}
                )
            {%- endcall -%}
        {%- endif -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target, model) -%}
    {%- do remember(memory, compiled_code, target) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro has_constraints() %}
    {%- set found = (model.constraints or []) | list -%}
    {%- for column in model.columns.values() -%}
        {%- do found.extend(column.constraints or []) -%}
    {%- endfor -%}
    {%- do return(config.get('contract').enforced and found != []) -%}
{% endmacro %}

{#- True if a table has exactly the columns its contract declares: names, types, order. -#}
{% macro has_contract_columns(relation) %}
    {%- set declared = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do declared.append([column.name, column.data_type | lower]) -%}
    {%- endfor -%}
    {%- set built = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do built.append([column.name, column.dtype | lower]) -%}
    {%- endfor -%}
    {%- do return(declared == built) -%}
{% endmacro %}

{#- The rows that break a test are stored where there are any; nothing is written for one that passes,
    and what an earlier failure left is dropped. -#}
{% materialization test, adapter='duckdb' %}
    {%- set memory = memory_of(sql) -%}
    {%- if memory.is_unchanged -%}
        {%- call statement('main', fetch_result=True, auto_begin=False) -%}
            select
                0 as failures,
                false as should_warn,
                false as should_error
        {%- endcall -%}
        {{ return({'relations': []}) }}
    {%- endif -%}
    {%- set rows = get_limit_subquery_sql(sql, config.get('limit')) -%}
    {%- call statement('main', fetch_result=True, auto_begin=False) -%}
        {{ get_test_sql(rows, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
    {%- endcall -%}
    {%- set relations = [] -%}
    {%- if should_store_failures() -%}
        {%- set target = api.Relation.create(
            identifier=model.alias, schema=schema, database=database, type='table') -%}
        {%- set existing = load_cached_relation(target) -%}
        {%- set failures = load_result('main').table.rows[0][0] | int -%}
        {%- if existing is not none and (failures == 0 or not existing.is_table) -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- if failures != 0 -%}
            {%- call statement('failures') -%}
                create or replace table {{ target }} as (
                    {{ rows }}
                )
            {%- endcall -%}
            {%- do relations.append(target) -%}
        {%- endif -%}
        {%- if memory.inputs is not none -%}
            {%- do forget_node() if failures != 0 else remember(memory, sql) -%}
        {%- endif -%}
        {{ adapter.commit() }}
    {%- endif -%}
    {{ return({'relations': relations}) }}
{% endmaterialization %}
