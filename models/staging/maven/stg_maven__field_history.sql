with changes as (
    select
        opportunity_id || '-engaged' as change_id,
        opportunity_id,
        'maven:Prospecting' as old_stage,
        'maven:Engaging' as new_stage,
        engage_date as changed_on,
        _source_file,
        _source_row,
        _loaded_at
    from {{ source('raw_maven', 'sales_pipeline') }}
    where engage_date is not null
    union all
    select
        opportunity_id || '-closed' as change_id,
        opportunity_id,
        'maven:Engaging' as old_stage,
        'maven:' || deal_stage as new_stage,
        close_date as changed_on,
        _source_file,
        _source_row,
        _loaded_at
    from {{ source('raw_maven', 'sales_pipeline') }}
    where close_date is not null
)

{{ conform('field_history', 'maven', 'changes', {
    'history_id': "'maven:' || change_id",
    'object_type': "'opportunity'",
    'record_id': 'opportunity_id',
    'field_name': "'stage_id'",
    'old_value': 'old_stage',
    'new_value': 'new_stage',
    'changed_at': 'changed_on',
}) }}
