-- Two open or won stages at one position would make "entered or passed" ambiguous.
select
    pipeline_id,
    sort_order,
    count(*) as n_stages
from {{ ref('crm_pipeline_stage') }}
where sort_order is not null and not coalesce(is_lost, false)
group by pipeline_id, sort_order
having count(*) > 1
