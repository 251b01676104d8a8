{#- A refresh builds only what can have changed. Every table is remembered with what it was made of (its
    compiled SQL and the contents of its parents) and with its own content, a hash over its rows in any
    order; where both are as before, the table stays. It holds for every kind of change, late rows,
    corrections, deletions and merges alike, since nothing is said about what a change does further down:
    it is followed until it makes no difference. A test that passed on the same tables passes again.

    It is asked for with WAREHOUSE_KEEP_UNCHANGED=true, as `warehouse refresh` does; `resume` goes on with a
    build that has begun, so that --full-refresh keeps what that one built: a table and what it was made of
    are written down in one transaction, so a build may end anywhere. A dbt command without it may
    change tables without a word here, so it forgets everything, and builds what it was asked to build. -#}
{% macro keeps_unchanged() %}
    {%- do return(env_var('WAREHOUSE_KEEP_UNCHANGED', '') in ['true', 'resume'] and flags.WHICH == 'build') -%}
{% endmacro %}

{% macro begin_memory() %}
    {%- if not execute -%}{%- do return('') -%}{%- endif -%}
    {%- set resumes = env_var('WAREHOUSE_KEEP_UNCHANGED', '') == 'resume' -%}
    {%- if not keeps_unchanged() or (flags.FULL_REFRESH and not resumes) %}
    drop table if exists meta_refresh.unchanged_node;
    {%- endif %}
    {%- if keeps_unchanged() %}
    create schema if not exists meta_refresh;
    create table if not exists meta_refresh.unchanged_node (
        node_id varchar not null,
        inputs varchar not null,
        content varchar
    );
    delete from meta_refresh.unchanged_node where inputs = 'landed';
    {%- for row in run_query("""
        select schema_name, table_name from duckdb_tables()
        where starts_with(schema_name, 'raw_') and schema_name != 'raw_demo'
    """).rows %}
    insert into meta_refresh.unchanged_node
    select '{{ (row[0] ~ '.' ~ row[1]) | lower }}', 'landed', {{ content_of('landed_row') }}
    from {{ api.Relation.create(schema=row[0], identifier=row[1]) }} as landed_row;
    {%- endfor %}
    {%- endif %}
{% endmacro %}

{#- What tells one set of rows from another, in whatever order they are read. -#}
{% macro content_of(whole_row) -%}
    concat_ws(' ', count(*), coalesce(sum(cast(hash({{ whole_row }}) as hugeint)), 0))
{%- endmacro %}

{#- What the node at hand is made of, as {'inputs': …, 'is_unchanged': …}. Without inputs nothing is known
    and it is built: views and incremental tables have no content here. -#}
{% macro memory_of(compiled) %}
    {%- if not keeps_unchanged() -%}{%- do return({'inputs': none, 'is_unchanged': false}) -%}{%- endif -%}
    {%- set parents = model.depends_on.nodes + raw_tables_in(compiled) -%}
    {%- set found = {} -%}
    {%- for row in run_query(
        "select node_id, inputs, content from meta_refresh.unchanged_node where node_id in ('"
        ~ (parents + [model.unique_id]) | join("', '") ~ "')"
    ).rows -%}
        {%- do found.update({row[0]: {'inputs': row[1], 'content': row[2]}}) -%}
    {%- endfor -%}
    {%- set parts = [compiled] -%}
    {%- set unknown = [] -%}
    {%- for id in parents -%}
        {%- if id.startswith('seed.') and graph.nodes[id].checksum.name == 'sha256' -%}
            {%- do parts.append(id ~ ' ' ~ graph.nodes[id].checksum.checksum) -%}
        {%- elif found.get(id, {}).get('content') -%}
            {%- do parts.append(id ~ ' ' ~ found[id].content) -%}
        {%- else -%}
            {%- do unknown.append(id) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if unknown -%}{%- do return({'inputs': none, 'is_unchanged': false}) -%}{%- endif -%}
    {%- set inputs = local_md5(parts | join('\n')) -%}
    {%- do return({
        'inputs': inputs, 'is_unchanged': found.get(model.unique_id, {}).get('inputs') == inputs
    }) -%}
{% endmacro %}

{#- The landed tables a query names, as `raw_<source>.<table>`; the demo's are seeds, which dbt knows. -#}
{% macro raw_tables_in(compiled) %}
    {%- set tables = [] -%}
    {%- for name in modules.re.findall('raw_\\w+"?[.]"?\\w+', compiled) -%}
        {%- set table = name | replace('"', '') | lower -%}
        {%- if table not in tables and not table.startswith('raw_demo.') -%}
            {%- do tables.append(table) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(tables) -%}
{% endmacro %}

{#- Writes down a node within the transaction that made it. `relation` is its table; none for a test. -#}
{% macro remember(memory, compiled, relation=none) %}
    {%- if keeps_unchanged() -%}
        {%- call statement('remember') -%}
            delete from meta_refresh.unchanged_node where node_id = '{{ model.unique_id }}';
            insert into meta_refresh.unchanged_node
            {%- if relation is none %}
            values ('{{ model.unique_id }}', '{{ memory.inputs }}', null)
            {%- else %}
            select
                '{{ model.unique_id }}',
                '{{ memory.inputs or "" }}',
                '{{ local_md5(compiled) }} ' || {{ content_of('whole_row') }}
            from {{ relation }} as whole_row
            {%- endif %}
        {%- endcall -%}
    {%- endif -%}
{% endmacro %}

{% macro forget_node() %}
    {%- if keeps_unchanged() -%}
        {%- call statement('forget') -%}
            delete from meta_refresh.unchanged_node where node_id = '{{ model.unique_id }}'
        {%- endcall -%}
    {%- endif -%}
{% endmacro %}
