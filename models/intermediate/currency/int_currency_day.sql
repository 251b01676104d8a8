-- The last rate on or before each day. Older than fx_max_age_days it is not used for conversion
-- (G4), only to value what had to be left out.
with rates as (
    select
        currency,
        rate_date,
        cast(rate_to_reporting as double) as rate,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from {{ ref('crm_currency_rate') }}
    where rate_to_reporting > 0
)

select
    rates.currency,
    days.date_day as rate_on,
    case
        when
            {{ days_between('rates.rate_date', 'days.date_day') }}
            <= {{ parameter('fx_max_age_days') }}
            then rates.rate
    end as rate,
    rates.rate as last_rate
from rates
inner join {{ ref('dim_date') }} as days
    on
        rates.rate_date <= days.date_day
        and (rates.next_rate_date is null or rates.next_rate_date > days.date_day)
