-- From the first sale to a customer to the first day of what it bought, for sales that recur. What
-- has not started is looked at on as_of.
with first_sales as (
    select
        account_id,
        opportunity_id,
        closed_on as won_on
    from {{ ref('fct_sale_line') }}
    where sale_type = 'first_sale' and is_recurring and account_id is not null
    group by account_id, opportunity_id, closed_on
),

-- The deal's own contract says when it starts; else the next one of the customer does.
starts as (
    select
        first_sales.account_id,
        min(first_sales.won_on) as won_on,
        min(
            case
                when contract_lines.opportunity_id = first_sales.opportunity_id
                    then contract_lines.start_date
            end
        ) as own_start_on,
        min(
            case
                when contract_lines.start_date >= first_sales.won_on
                    then contract_lines.start_date
            end
        ) as next_start_on
    from first_sales
    left join {{ ref('crm_contract_line') }} as contract_lines
        on first_sales.account_id = contract_lines.account_id
    group by first_sales.account_id
),

dated as (
    select
        account_id,
        won_on,
        coalesce(own_start_on, next_start_on) as service_start_on
    from starts
)

select
    account_id,
    won_on,
    service_start_on,
    coalesce(service_start_on <= {{ as_of_date() }}, false) as has_started,
    greatest(
        {{ days_between('won_on', 'coalesce(least(service_start_on, ' ~ as_of_date() ~ '), '
            ~ as_of_date() ~ ')') }},
        0
    ) as won_to_service_days
from dated
