-- What the CRM costs: booked, committed and put off, in the reporting currency. Own hours without
-- an amount are valued by internal_hourly_rate; without one they are counted, never taken for 0.
-- The old system, booked as legacy, is no part of it: what it no longer costs is a benefit.
with bookings as (
    select
        cost_entry_id,
        cost_date,
        coalesce(entry_type, 'actual') as entry_type,
        coalesce(category, 'other') as cost_category,
        department,
        campaign_id,
        net_amount,
        cast(hours as double) as hours,
        currency,
        least(cost_date, {{ as_of_date() }}) as rate_on
    from {{ ref('crm_cost_entry') }}
    where
        cost_pool = 'crm_tco'
        and coalesce(category, 'other') <> 'legacy'
        -- A commitment may lie in the future, what is booked or put off may not.
        and (cost_date <= {{ as_of_date() }} or entry_type = 'committed')
)

select
    bookings.cost_entry_id,
    bookings.cost_date,
    {{ month_start('bookings.cost_date') }} as month_start,
    bookings.entry_type,
    bookings.cost_category,
    bookings.department,
    bookings.campaign_id,
    coalesce(
        case
            when bookings.net_amount is null
                then bookings.hours * {{ parameter('internal_hourly_rate') }}
            else {{ reporting_amount('bookings.net_amount', 'bookings.currency') }}
        end,
        0.0
    ) as cost_amount,
    {{ unconverted_amount('bookings.net_amount', 'bookings.currency') }} as unconverted_amount,
    case
        when bookings.net_amount is null and {{ parameter('internal_hourly_rate') }} is null
            then coalesce(bookings.hours, 0.0)
        else 0.0
    end as unvalued_hours
from bookings
{{ fx_join('fx', 'bookings.currency', 'bookings.rate_on') }}
