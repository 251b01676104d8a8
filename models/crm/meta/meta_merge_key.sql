-- Walks every merge chain to its end, so that each fact is keyed to the record that is left.
with recursive links as (
    {%- for table in mergeable_tables() %}
    {%- set key, master = crm_contract()[table].key[0], master_column(table) %}
    select
        '{{ table }}' as object_type,
        {{ key }} as record_id,
        {{ master }} as master_id
    from ({{ latest_rows(table, [key, master]) }}) as latest_{{ table }}
    where {{ master }} is not null and {{ master }} <> {{ key }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

steps as (
    select
        object_type,
        record_id,
        master_id as survivor_id,
        1 as depth
    from links
    union all
    select
        steps.object_type,
        steps.record_id,
        links.master_id as survivor_id,
        steps.depth + 1 as depth
    from steps
    inner join links
        on
            steps.object_type = links.object_type
            and steps.survivor_id = links.record_id
    -- A cycle never ends; the limit leaves it visible as a chain of that depth.
    where steps.depth < {{ max_merge_depth() }}
)

select
    object_type,
    record_id,
    max_by(survivor_id, depth) as survivor_id,
    cast(max(depth) as integer) as depth,
    max(depth) >= {{ max_merge_depth() }} as is_cycle
from steps
group by object_type, record_id
