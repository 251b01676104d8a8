-- start + new + reactivated − lost = end, per customer and month (so in every slice), and the end
-- of a month is the start of the next. Catches a spell counted twice, a churn in a month that does
-- not know the customer, and stocks taken on another day than the movements.
with customers as (
    select
        account_id,
        month_start,
        case when is_active_at_start then 1 else 0 end as start_count,
        new_count,
        reactivated_count,
        lost_count,
        case when is_active_at_end then 1 else 0 end as end_count,
        lead(month_start) over (partition by account_id order by month_start) as next_month,
        lead(is_active_at_start) over (
            partition by account_id order by month_start
        ) as is_active_next
    from {{ ref('int_customer_month') }}
)

select
    *,
    case
        when start_count + new_count + reactivated_count - lost_count <> end_count
            then 'does not close'
        else 'end is not the next start'
    end as problem
from customers
where
    start_count + new_count + reactivated_count - lost_count <> end_count
    or (
        end_count = 1
        and month_start < {{ month_start(as_of_date()) }}
        and (
            next_month is distinct from {{ date_plus_months('month_start', 1) }}
            or not is_active_next
        )
    )
    or (end_count = 0 and next_month = {{ date_plus_months('month_start', 1) }} and is_active_next)
