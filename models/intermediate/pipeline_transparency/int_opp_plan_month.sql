-- What was planned for an open deal at a month end and whom we knew there. A field without
-- history is known in the month of as_of only, a field that nobody of a source ever filled not at
-- all (C8).
{%- set fields = {
    'next_step': 'varchar', 'next_step_due_date': 'date', 'contact_count': 'integer',
    'probability': 'double',
} %}
with snapshots as (
    select
        opportunity_id,
        month_start,
        snapshot_on,
        {{ day_end_at('snapshot_on') }} as snapshot_at,
        snapshot_on = {{ as_of_date() }} as is_now
    from {{ ref('int_opp_month') }}
),

deals as (
    select
        opportunity_id,
        {%- for field in fields %}
        {{ field }},
        {%- endfor %}
        source_name
    from {{ ref('int_opportunity') }}
),

sources as (
    select
        {%- for field in fields %}
        count({{ field }}) > 0 as has_{{ field }},
        {%- endfor %}
        source_name
    from deals
    group by source_name
),

tracked as (
    select
        {%- for field in fields %}
        count_if(field_name = '{{ field }}') > 0 as is_{{ field }}_tracked,
        {%- endfor %}
        source_name
    from {{ ref('int_tracked_field') }}
    where object_type = 'opportunity'
    group by source_name
),

empty_texts as (
    select distinct lower(value) as value
    from {{ ref('placeholder_value') }}
    where object_type = 'opportunity' and field_name in ('next_step', '*')
)

select
    snapshots.opportunity_id,
    {%- for field, data_type in fields.items() %}
    sources.has_{{ field }}
    and (snapshots.is_now or coalesce(tracked.is_{{ field }}_tracked, false))
        as is_{{ field }}_known,
    {%- endfor %}
    {%- for field, data_type in fields.items() if field != 'next_step' %}
    {{ as_was_value(field ~ '_then', 'deals.' ~ field, data_type) }} as {{ field }},
    {%- endfor %}
    case
        when empty_texts.value is null
            then nullif(trim({{ as_was_value('next_step_then', 'deals.next_step') }}), '')
    end as next_step,
    snapshots.month_start
from snapshots
inner join deals
    on snapshots.opportunity_id = deals.opportunity_id
inner join sources
    on deals.source_name = sources.source_name
left join tracked
    on deals.source_name = tracked.source_name
{%- for field in fields %}
{{ as_was_join(
    field ~ '_then', 'opportunity', 'snapshots.opportunity_id', field, 'snapshots.snapshot_at'
) }}
{%- endfor %}
left join empty_texts
    on lower(trim({{ as_was_value('next_step_then', 'deals.next_step') }})) = empty_texts.value
