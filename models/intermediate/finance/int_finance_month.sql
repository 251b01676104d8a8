-- Which sources of money cover a month (C7). Outside its loaded months a table says nothing:
-- amounts are NULL there, and 0 inside where nothing was booked (G1).
with months as (
    select distinct month_start
    from {{ ref('dim_date') }}
    where has_happened
),

covered as (
    select
        table_name,
        {{ month_start('first_event_date') }} as first_month,
        {{ month_start('last_event_date') }} as last_month
    from {{ ref('int_table_coverage') }}
    where is_present and first_event_date is not null
),

booked_pools as (
    select distinct cost_pool
    from {{ ref('crm_cost_entry') }}
    where coalesce(entry_type, 'actual') = 'actual'
),

covered_months as (
    select
        months.month_start,
        covered.table_name
    from months
    inner join covered
        on
            months.month_start >= covered.first_month
            and months.month_start <= covered.last_month
),

flags as (
    select
        months.month_start,
        coalesce(count_if(covered_months.table_name = 'invoice'), 0) > 0 as has_invoice,
        coalesce(count_if(covered_months.table_name = 'cost_entry'), 0) > 0 as has_cost_entry,
        coalesce(count_if(covered_months.table_name = 'support_case'), 0) > 0 as has_cases
    from months
    left join covered_months
        on months.month_start = covered_months.month_start
    group by months.month_start
),

pools as (
    select
        coalesce(count_if(cost_pool = 'service'), 0) > 0 as has_service_pool,
        coalesce(count_if(cost_pool = 'retention'), 0) > 0 as has_retention_pool,
        coalesce(count_if(cost_pool = 'acquisition'), 0) > 0 as has_acquisition_pool,
        coalesce(count_if(cost_pool = 'crm_tco'), 0) > 0 as has_tco_pool
    from booked_pools
),

rates as (
    select count(hourly_cost_amount) > 0 as has_hourly_rate
    from {{ ref('crm_app_user') }}
),

known as (
    select
        flags.month_start,
        (select count(*) from {{ ref('crm_contract_line') }}) > 0 as has_contract_line,
        flags.has_invoice,
        (flags.has_cost_entry and pools.has_service_pool)
        or (flags.has_cases and rates.has_hourly_rate) as has_service_cost,
        flags.has_cost_entry and pools.has_retention_pool as has_retention_cost,
        flags.has_cost_entry and pools.has_acquisition_pool as has_acquisition_cost,
        flags.has_cost_entry and pools.has_tco_pool as has_tco_cost
    from flags
    cross join pools
    cross join rates
)

select
    month_start,
    has_contract_line,
    has_invoice,
    has_service_cost,
    has_retention_cost,
    has_acquisition_cost,
    has_tco_cost,
    sum(case when has_invoice then 1 else 0 end) over last_12_months = 12 as has_invoice_r12,
    sum(case when has_invoice and has_service_cost then 1 else 0 end) over last_12_months = 12
        as has_cm2_r12
from known
window last_12_months as (order by month_start rows between 11 preceding and current row)
