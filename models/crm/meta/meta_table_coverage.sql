-- What each source brought per table and which days it covers; `no_data` follows from it (G1).
{% set contract = contract_tables() %}
with declared as (
    {%- if not enabled_sources() %}
    select
        cast(null as varchar) as source_name,
        cast(null as varchar) as table_name,
        cast(null as boolean) as is_declared,
        cast(null as varchar) as stand_in
    from (select 1 as nothing) as nothing
    where false
    {%- endif %}
    {%- for source_name in enabled_sources() %}
    {%- set settings, outer = source_settings(source_name), loop %}
    {%- for table in contract %}
    {{ 'union all' if not (outer.first and loop.first) }}
    select
        '{{ source_name }}' as source_name,
        '{{ table }}' as table_name,
        {{ 'true' if table in settings.tables else 'false' }} as is_declared,
        cast({{ text_or_null(settings.stand_ins.get(table)) }} as varchar) as stand_in
    {%- endfor %}
    {%- endfor %}
),

landed as (
    {%- for table in contract %}
    select
        source_name,
        '{{ table }}' as table_name,
        cast(sum(landed_rows) as bigint) as landed_rows,
        cast(sum(case when has_key then landed_rows end) as bigint) as keyed_rows,
        cast(sum(case when has_key then delivered_rows end) as bigint) as delivered_rows,
        cast(count_if(has_key) as bigint) as distinct_rows
    from (
        select
            source_name,
            has_key,
            key_text,
            sum(landed_rows) as landed_rows,
            count(source_file) as delivered_rows
        from (
            select
                source_name,
                source_file,
                {{ has_key(table) }} as has_key,
                {{ key_text(table) }} as key_text,
                count(*) as landed_rows
            from ({{ conformed(table) }}) as conformed_{{ table }}
            group by source_name, source_file, {{ has_key(table) }}, {{ key_text(table) }}
        ) as file_keys_{{ table }}
        group by source_name, has_key, key_text
    ) as keys_{{ table }}
    group by source_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

kept as (
    {%- for table, spec in contract.items() %}
    select
        source_name,
        '{{ table }}' as table_name,
        count(*) as contract_rows,
        {%- if spec.dated_by %}
        min({{ event_date(table, spec.dated_by) }}) as first_event_date,
        {{ last_event_date(table) }} as last_event_date
        {%- else %}
        cast(null as date) as first_event_date,
        cast(null as date) as last_event_date
        {%- endif %}
    from {{ ref('crm_' ~ table) }}
    group by source_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    declared.source_name,
    declared.table_name,
    declared.is_declared,
    coalesce(kept.contract_rows, 0) > 0 as is_present,
    declared.stand_in,
    coalesce(landed.landed_rows, 0) as landed_rows,
    coalesce(landed.landed_rows - landed.keyed_rows, 0) as rejected_rows,
    coalesce(landed.keyed_rows - landed.delivered_rows, 0) as duplicate_rows,
    coalesce(landed.delivered_rows - landed.distinct_rows, 0) as replaced_rows,
    coalesce(landed.distinct_rows - coalesce(kept.contract_rows, 0), 0) as excluded_rows,
    coalesce(kept.contract_rows, 0) as contract_rows,
    kept.first_event_date,
    kept.last_event_date
from declared
left join landed
    on
        declared.source_name = landed.source_name
        and declared.table_name = landed.table_name
left join kept
    on
        declared.source_name = kept.source_name
        and declared.table_name = kept.table_name
