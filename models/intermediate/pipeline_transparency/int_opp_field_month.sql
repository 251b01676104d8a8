-- Every field that an open deal must have at its stage, and whether it has it (seed
-- required_field). A field without history is known in the month of as_of only (C8).
{%- set columns = crm_contract()['opportunity']['columns'] %}
with snapshots as (
    select
        facts.opportunity_id,
        facts.month_start,
        facts.snapshot_on,
        {{ day_end_at('facts.snapshot_on') }} as snapshot_at,
        facts.snapshot_on = {{ as_of_date() }} as is_now,
        facts.rep,
        facts.team,
        facts.stage,
        stages.sort_order,
        facts.source_name
    from {{ ref('fct_opportunity_month') }} as facts
    left join {{ ref('dim_stage') }} as stages
        on facts.stage_id = stages.stage_id
),

deals as (
    select * from {{ ref('crm_opportunity') }}
),

required_fields as (
    select
        from_stage_order,
        field_name,
        valid_from
    from {{ ref('required_field') }}
    where object_type = 'opportunity'
),

tracked as (
    select
        source_name,
        field_name
    from {{ ref('int_tracked_field') }}
    where object_type = 'opportunity'
),

placeholders as (
    select
        field_name,
        lower(value) as value
    from {{ ref('placeholder_value') }}
    where object_type = 'opportunity'
),

required_values as (
    select
        snapshots.opportunity_id,
        snapshots.month_start,
        snapshots.rep,
        snapshots.team,
        snapshots.stage,
        required_fields.field_name,
        lower(deals.opportunity_type) as declared_type,
        snapshots.is_now or tracked.field_name is not null as is_known,
        case
            when value_then.record_id is not null then value_then.value
            {%- for column in columns %}
            when required_fields.field_name = '{{ column }}'
                then cast(deals.{{ column }} as varchar)
            {%- endfor %}
        end as value
    from snapshots
    inner join deals
        on snapshots.opportunity_id = deals.opportunity_id
    inner join required_fields
        on
            snapshots.snapshot_on
            >= coalesce(required_fields.valid_from, snapshots.snapshot_on)
            and (
                required_fields.from_stage_order is null
                or snapshots.sort_order >= required_fields.from_stage_order
            )
    left join tracked
        on
            snapshots.source_name = tracked.source_name
            and required_fields.field_name = tracked.field_name
    left join {{ ref('int_field_value') }} as value_then
        on
            snapshots.opportunity_id = value_then.record_id
            and value_then.object_type = 'opportunity'
            and required_fields.field_name = value_then.field_name
            and snapshots.snapshot_at >= value_then.valid_from
            and snapshots.snapshot_at < value_then.valid_to
)

select
    required_values.opportunity_id,
    required_values.month_start,
    required_values.field_name as field,
    required_values.rep,
    required_values.team,
    required_values.stage,
    case
        when required_values.is_known
            then
                nullif(trim(required_values.value), '') is not null
                and max(placeholders.value) is null
                -- Nothing is a price only where a contract goes on as it is.
                and not (
                    required_values.field_name = 'net_amount'
                    and coalesce(try_cast(required_values.value as double), 1) = 0
                    and coalesce(required_values.declared_type, '') <> 'renewal'
                )
    end as is_filled
from required_values
left join placeholders
    on
        placeholders.field_name in (required_values.field_name, '*')
        and lower(trim(required_values.value)) = placeholders.value
group by
    required_values.opportunity_id,
    required_values.month_start,
    required_values.field_name,
    required_values.rep,
    required_values.team,
    required_values.stage,
    required_values.is_known,
    required_values.value,
    required_values.declared_type
