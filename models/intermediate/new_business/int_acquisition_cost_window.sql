-- The first month whose acquisition cost is known: the first one the bookings cover, cac_lag_months
-- later. NULL without an acquisition pool.
with first_months as (
    select min(month_start) as first_month
    from {{ ref('int_finance_month') }}
    where has_acquisition_cost
)

select
    first_month as booked_from,
    case
        when first_month is not null
            then {{ date_plus_months('first_month', parameter('cac_lag_months')) }}
    end as known_from
from first_months
