-- The change log as intervals, so that "the value at that moment" is a join. Changes after as_of
-- stay in: without them a field whose only change lies there would show its later value.
with recorded_changes as (
    select
        changes.object_type,
        changes.record_id,
        changes.field_name,
        changes.old_value,
        changes.new_value,
        changes.changed_at,
        changes.history_id,
        changes.changed_by_user_id
    from {{ ref('crm_field_history') }} as changes
    -- The history of a merged duplicate says nothing about the record that is left.
    left join {{ ref('meta_merge_key') }} as merged
        on
            changes.record_id = merged.record_id
            and merged.object_type = case
                when changes.object_type = 'case' then 'support_case'
                else changes.object_type
            end
    where
        merged.record_id is null
        and changes.changed_at is not null
),

-- Two changes in the same second: the one that creates the value comes first, then by id.
numbered_changes as (
    select
        *,
        row_number() over (
            partition by object_type, record_id, field_name
            order by changed_at, case when old_value is null then 0 else 1 end, history_id
        ) as change_no,
        lag(new_value) over (
            partition by object_type, record_id, field_name
            order by changed_at, case when old_value is null then 0 else 1 end, history_id
        ) as previous_value
    from recorded_changes
),

-- Some systems write a row for every save; a row that repeats the value is no change.
real_changes as (
    select *
    from numbered_changes
    where change_no = 1 or new_value is distinct from previous_value
),

first_values as (
    select
        object_type,
        record_id,
        field_name,
        0 as change_no,
        old_value as value,
        {{ first_instant() }} as valid_from,
        changed_at as valid_to,
        cast(null as varchar) as changed_by_user_id
    from numbered_changes
    where change_no = 1
),

later_values as (
    select
        object_type,
        record_id,
        field_name,
        change_no,
        new_value as value,
        changed_at as valid_from,
        coalesce(
            lead(changed_at) over (
                partition by object_type, record_id, field_name order by change_no
            ),
            {{ last_instant() }}
        ) as valid_to,
        changed_by_user_id
    from real_changes
),

all_values as (
    select * from first_values
    union all
    select * from later_values
)

select
    object_type,
    record_id,
    field_name,
    cast(change_no as bigint) as change_no,
    value,
    valid_from,
    valid_to,
    changed_by_user_id
from all_values
