-- The KPIs the company says it steers by, as long as it says so. A KPI that stands in several rows
-- of a day is judged by its row for the whole, then by the narrowest.
select
    kpi_target_id,
    metric_name as kpi,
    period_start as valid_from,
    coalesce(period_end, date '9999-12-31') as valid_to,
    case when coalesce(nullif(dim_name, ''), 'total') = 'total' then 0 else 1 end as scope_rank,
    {{ days_between('period_start', "coalesce(period_end, date '9999-12-31')") }} as length_days,
    owner_user_id,
    case when review_cadence_days > 0 then review_cadence_days end as review_cadence_days,
    target_value is not null
    and baseline_value is not null
    and owner_user_id is not null
    and source is not null as is_covered
from {{ ref('crm_kpi_target') }}
where is_headline and period_start is not null
