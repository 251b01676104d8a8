-- Only a CRM in which no account has a region takes the one of the owner; otherwise a missing
-- region is a gap in the data and shows as one.
select
    source_name,
    case when count(region) > 0 then 'account' else 'owner' end as region_basis
from {{ ref('crm_account') }}
where master_account_id is null
group by source_name
