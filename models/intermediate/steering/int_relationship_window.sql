-- The months behind the return on customer relationships: a rolling year, and the three years that
-- end with it (variant r36m); and which cost is not known in all of them.
with years as (
    select distinct
        period_start,
        base_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
),

windows as (
    select
        cast(null as varchar) as variant,
        period_start,
        base_start as month_start,
        12 as window_months
    from years
    union all
    select
        'r36m' as variant,
        starts.period_start,
        months.month_start,
        36 as window_months
    from (select distinct period_start from years) as starts
    inner join {{ ref('int_finance_month') }} as months
        on
            months.month_start >= {{ date_plus_months('starts.period_start', -24) }}
            and months.month_start < {{ date_plus_months('starts.period_start', 12) }}
),

unvalued as (
    select
        month_start,
        sum(unvalued_hours) as unvalued_hours
    from {{ ref('int_tco_booking') }}
    where entry_type = 'actual'
    group by month_start
),

flagged as (
    select
        windows.variant,
        windows.period_start,
        windows.month_start,
        windows.window_months,
        coalesce(coverage.has_invoice, false) as has_invoice,
        coalesce(
            coverage.has_acquisition_cost and windows.month_start >= acquisition.known_from, false
        ) as has_acquisition_cost,
        coalesce(coverage.has_retention_cost, false) as has_retention_cost,
        coalesce(coverage.has_service_cost, false) as has_service_cost,
        coalesce(coverage.has_tco_cost, false) as has_tco_cost,
        coalesce(unvalued.unvalued_hours, 0.0) as unvalued_hours
    from windows
    cross join {{ ref('int_acquisition_cost_window') }} as acquisition
    left join {{ ref('int_finance_month') }} as coverage
        on windows.month_start = coverage.month_start
    left join unvalued
        on windows.month_start = unvalued.month_start
)

select
    variant,
    period_start,
    month_start,
    count_if(has_invoice) over whole_window = window_months as is_covered,
    nullif(
        concat_ws(
            ', ',
            {%- for pool, column in [
                ('acquisition', 'has_acquisition_cost'), ('retention', 'has_retention_cost'),
                ('service', 'has_service_cost'), ('crm_tco', 'has_tco_cost'),
            ] %}
            case
                when count_if(not {{ column }}) over whole_window > 0 then '{{ pool }}'
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ), ''
    ) as missing_pools,
    cast(ceil(sum(unvalued_hours) over whole_window) as bigint) as unvalued_hours
from flagged
window whole_window as (partition by variant, period_start)
