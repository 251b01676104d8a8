{#- A refresh builds only what can have changed. Every table is remembered with what it was made of (its
    compiled SQL and the contents of its parents) and with its own content, a hash over its rows in any
    order; where both are as before, the table stays. It holds for every kind of change, late rows,
    corrections, deletions and merges alike, since nothing is said about what a change does further down:
    it is followed until it makes no difference. A test that passed on the same tables passes again.

    It is asked for with WAREHOUSE_KEEP_UNCHANGED=true. A dbt command without it may change tables without
    a word here, so it forgets everything, and builds what it was asked to build. -#}
{% macro keeps_unchanged() %}
    {%- do return(env_var('WAREHOUSE_KEEP_UNCHANGED', '') == 'true' and flags.WHICH == 'build') -%}
{% endmacro %}

{% macro begin_memory() %}
    {%- if not execute -%}{%- do return('') -%}{%- endif -%}
    {%- if flags.FULL_REFRESH or not keeps_unchanged() %}
    drop table if exists meta_refresh.unchanged_node;
    {%- endif %}
    {%- if keeps_unchanged() %}
    create schema if not exists meta_refresh;
    create table if not exists meta_refresh.unchanged_node (
        node_id varchar not null,
        inputs varchar not null,
        content varchar
    );
    {%- endif %}
{% endmacro %}

{#- What the node at hand is made of, as {'inputs': …, 'is_unchanged': …}. Without inputs nothing is known
    and it is built: raw tables, views and incremental tables have no content here, and what reads raw
    tables is always built. -#}
{% macro memory_of(compiled) %}
    {%- if not keeps_unchanged() -%}{%- do return({'inputs': none, 'is_unchanged': false}) -%}{%- endif -%}
    {%- set found = {} -%}
    {%- set ids = model.depends_on.nodes + [model.unique_id] -%}
    {%- for row in run_query(
        "select node_id, inputs, content from meta_refresh.unchanged_node where node_id in ('"
        ~ ids | join("', '") ~ "')"
    ).rows -%}
        {%- do found.update({row[0]: {'inputs': row[1], 'content': row[2]}}) -%}
    {%- endfor -%}
    {%- set parts = [compiled] -%}
    {%- set unknown = [] -%}
    {%- for id in model.depends_on.nodes -%}
        {%- if id.startswith('seed.') and graph.nodes[id].checksum.name == 'sha256' -%}
            {%- do parts.append(id ~ ' ' ~ graph.nodes[id].checksum.checksum) -%}
        {%- elif found.get(id, {}).get('content') -%}
            {%- do parts.append(id ~ ' ' ~ found[id].content) -%}
        {%- else -%}
            {%- do unknown.append(id) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if unknown or (model.resource_type == 'model' and model.fqn[1] == 'crm') -%}
        {%- do return({'inputs': none, 'is_unchanged': false}) -%}
    {%- endif -%}
    {%- set inputs = local_md5(parts | join('\n')) -%}
    {%- do return({
        'inputs': inputs, 'is_unchanged': found.get(model.unique_id, {}).get('inputs') == inputs
    }) -%}
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
                concat_ws(
                    ' ', '{{ local_md5(compiled) }}', count(*), coalesce(sum(cast(hash(whole_row) as hugeint)), 0)
                )
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
