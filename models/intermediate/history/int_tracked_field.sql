-- Which fields a source keeps a history of (C8); a field that is not here has only its current
-- value.
select
    source_name,
    object_type,
    field_name,
    count(*) as change_count,
    min(changed_at) as first_change_at
from {{ ref('crm_field_history') }}
where changed_at is not null
group by source_name, object_type, field_name
