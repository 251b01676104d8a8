-- The slices of the SLA figures that hold promises nobody can judge because a table is missing
-- altogether. A promise that lacks something else is counted as undecidable beside the value.
{%- set dimensions = [
    'sla_metric', 'priority', 'policy', 'team', 'rep', 'channel', 'region', 'segment', 'root_cause',
    'product_family',
] %}
with loaded as (
    select
        max(case when table_name = 'business_hours' and is_present then 1 else 0 end) = 1
            as has_calendars,
        max(case when table_name = 'field_history' and is_present then 1 else 0 end) = 1
            as has_history
    from {{ ref('int_table_coverage') }}
),

blocked_instances as (
    select
        instances.*,
        case
            when
                not loaded.has_calendars
                and instances.no_answer_reason in (
                    'the case names no calendar', 'the calendar is not loaded'
                )
                then 'business clock without business_hours'
            when
                not loaded.has_history
                and instances.no_answer_reason in (
                    'pauses without status history', 'reopened without status history'
                )
                then 'pauses without field_history'
        end as reason
    from {{ ref('fct_case_sla') }} as instances
    cross join loaded
),

slices as (
    -- Whatever is not cut by a property of the promise holds them all.
    {%- for dimension, value in [('total', 'total'), ('variant', '*'), ('ratio_band', '*')] %}
    select
        '{{ dimension }}' as dimension,
        '{{ value }}' as dimension_value,
        reason
    from blocked_instances
    union all
    {%- endfor %}
    {%- for dimension in dimensions %}
    select
        '{{ dimension }}' as dimension,
        coalesce(cast({{ dimension }} as varchar), '(unknown)') as dimension_value,
        reason
    from blocked_instances
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    dimension,
    dimension_value,
    min(reason) as reason
from slices
where reason is not null
group by dimension, dimension_value
