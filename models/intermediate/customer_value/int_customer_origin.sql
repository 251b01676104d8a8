-- Where a customer came from: the source of its first sale, else that of the account for customers
-- older than the deals.
select
    acquisitions.account_id,
    acquisitions.acquired_on,
    acquisitions.acquired_on < reporting.first_month as is_older_than_data,
    cast(extract(year from acquisitions.acquired_on) as varchar) as cohort_year,
    coalesce(deals.lead_source, accounts.lead_source) as lead_source
from {{ ref('int_customer_acquisition') }} as acquisitions
cross join {{ ref('meta_reporting') }} as reporting
left join {{ ref('int_opportunity') }} as deals
    on acquisitions.first_sale_opportunity_id = deals.opportunity_id
left join {{ ref('dim_account') }} as accounts
    on acquisitions.account_id = accounts.account_id
