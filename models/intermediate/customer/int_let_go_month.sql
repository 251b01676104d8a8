-- Customers that cost more than they bring and are expected to go on doing so. Every condition must
-- be known: an unknown one makes nobody a candidate. The first step is the price, so who has
-- refused no offer lately is to be repriced first.
with customers as (
    select
        customers.account_id,
        customers.month_start,
        customers.month_end,
        {{ days_as_months(days_between('customers.spell_start', 'customers.month_end')) }}
            as tenure_months,
        attributes.is_strategic,
        customer_values.cm2_r12_amount,
        customer_values.predictive_clv_amount
    from {{ ref('int_customer_month') }} as customers
    inner join {{ ref('int_customer_attribute_month') }} as attributes
        on
            customers.account_id = attributes.account_id
            and customers.month_start = attributes.month_start
    inner join {{ ref('int_customer_value_month') }} as customer_values
        on
            customers.account_id = customer_values.account_id
            and customers.month_start = customer_values.month_start
    where customers.is_active_at_end
),

refusals as (
    select
        account_id,
        decided_on
    from {{ ref('int_quote_family') }}
    where decision in ('rejected', 'expired')
),

with_refusals as (
    select
        customers.*,
        max(refusals.decided_on) as last_refusal_on
    from customers
    left join refusals
        on
            customers.account_id = refusals.account_id
            and customers.month_end >= refusals.decided_on
            and refusals.decided_on
            > {{ date_plus_months(
                'customers.month_end', '-' ~ parameter('let_go_refusal_months')
            ) }}
    group by all
),

sources as (
    select
        (select count(*) from {{ ref('crm_opportunity') }}) > 0 as has_deals,
        (select count(*) from {{ ref('crm_quote') }}) > 0 as has_quotes
),

conditions as (
    select
        customers.account_id,
        customers.month_start,
        customers.last_refusal_on,
        customers.cm2_r12_amount < 0
        and customers.predictive_clv_amount < 0
        and customers.tenure_months >= {{ parameter('let_go_tenure_months') }}
        and not customers.is_strategic
        and case
            when not sources.has_deals then null
            when deals.largest_weighted_cm_amount > abs(customers.cm2_r12_amount) then false
            when deals.has_unknown_deal then null
            else true
        end as is_unprofitable_for_good,
        case
            when sources.has_quotes then customers.last_refusal_on is not null
        end as has_refused
    from with_refusals as customers
    cross join sources
    left join {{ ref('int_open_deal_margin_month') }} as deals
        on
            customers.account_id = deals.account_id
            and customers.month_start = deals.month_start
)

select
    account_id,
    month_start,
    last_refusal_on,
    coalesce(is_unprofitable_for_good and has_refused, false) as is_let_go_candidate,
    case
        when not is_unprofitable_for_good then null
        when is_unprofitable_for_good and has_refused then 'let_go'
        when is_unprofitable_for_good and not has_refused then 'reprice_first'
        else 'unknown'
    end as let_go_stage
from conditions
