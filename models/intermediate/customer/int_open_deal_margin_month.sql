-- The largest margin an open deal of a customer promises at the end of a month: net amount × chance
-- × (1 − cost share). A deal of unknown cost counts with its whole amount, because this block only
-- ever speaks for keeping a customer.
with customers as (
    select
        account_id,
        month_start,
        month_end
    from {{ ref('int_customer_month') }}
    where is_active_at_end
),

open_deals as (
    select
        customers.account_id,
        customers.month_start,
        customers.month_end,
        deals.opportunity_id,
        deals.currency,
        {{ as_was_value('amount_then', 'deals.net_amount', 'double') }} as net_amount,
        case
            when {{ is_as_was('probability_then') }} then try_cast(probability_then.value as double)
            when outcomes.outcome = 'open' then deals.probability
        end as own_probability
    from customers
    inner join {{ ref('int_opportunity') }} as deals
        on customers.account_id = deals.account_id
    inner join {{ ref('int_opp_outcome') }} as outcomes
        on deals.opportunity_id = outcomes.opportunity_id
    inner join {{ ref('int_opp_open_interval') }} as intervals
        on
            deals.opportunity_id = intervals.opportunity_id
            and customers.month_end >= intervals.opened_on
            and (intervals.ended_on is null or customers.month_end < intervals.ended_on)
    {{ as_was_join(
        'amount_then', 'opportunity', 'deals.opportunity_id', 'net_amount',
        day_end_at('customers.month_end')
    ) }}
    {{ as_was_join(
        'probability_then', 'opportunity', 'deals.opportunity_id', 'probability',
        day_end_at('customers.month_end')
    ) }}
),

stage_then as (
    select
        open_deals.opportunity_id,
        open_deals.month_start,
        max_by(cast(stages.default_probability as double), visits.visit_no) as default_probability
    from open_deals
    inner join {{ ref('int_opp_stage') }} as visits
        on
            open_deals.opportunity_id = visits.opportunity_id
            and open_deals.month_end >= visits.entered_on
    inner join {{ ref('crm_pipeline_stage') }} as stages
        on visits.stage_id = stages.stage_id
    group by open_deals.opportunity_id, open_deals.month_start
),

weighted as (
    select
        open_deals.account_id,
        open_deals.month_start,
        {{ reporting_amount('open_deals.net_amount', 'open_deals.currency') }}
        * coalesce(open_deals.own_probability, stage_then.default_probability)
        * (1.0 - coalesce(shares.cost_share, 0.0)) as weighted_cm_amount
    from open_deals
    left join stage_then
        on
            open_deals.opportunity_id = stage_then.opportunity_id
            and open_deals.month_start = stage_then.month_start
    left join {{ ref('int_deal_cost_share') }} as shares
        on
            open_deals.opportunity_id = shares.opportunity_id
            and shares.scope = 'deal'
    {{ fx_join('fx', 'open_deals.currency', 'open_deals.month_end') }}
)

select
    account_id,
    month_start,
    cast(count(*) as integer) as open_deal_count,
    max(weighted_cm_amount) as largest_weighted_cm_amount,
    count(*) > count(weighted_cm_amount) as has_unknown_deal
from weighted
group by account_id, month_start
