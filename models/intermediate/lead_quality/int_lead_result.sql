-- What became of every MQL within the windows it is judged by. Several leads of one account are
-- one way to it: the first MQL gets the deals (first touch; several touches are shared out in
-- P4).
with leads as (
    select * from {{ ref('int_lead') }}
),

deals as (
    select
        opportunity_id,
        account_id,
        source_lead_id,
        created_on,
        closed_on,
        is_won,
        net_amount,
        unconverted_amount,
        coalesce(sale_type = 'first_sale', customer_type = 'new') as is_first_sale
    from {{ ref('fct_opportunity') }}
),

lead_deals as (
    select
        source_lead_id as lead_id,
        opportunity_id,
        account_id
    from deals
    where source_lead_id is not null
    union
    select
        leads.lead_id,
        deals.opportunity_id,
        deals.account_id
    from leads
    inner join deals
        on leads.converted_opportunity_id = deals.opportunity_id
),

lead_accounts as (
    select
        lead_id,
        account_id
    from lead_deals
    where account_id is not null
    union
    select
        lead_id,
        converted_account_id as account_id
    from leads
    where converted_account_id is not null
),

first_mqls as (
    select
        lead_accounts.account_id,
        leads.lead_id
    from lead_accounts
    inner join leads
        on lead_accounts.lead_id = leads.lead_id
    where leads.mql_at is not null
    qualify row_number() over (
            partition by lead_accounts.account_id
            order by leads.mql_at, leads.lead_id
        ) = 1
),

-- A deal without an account stays with its own lead.
credited_deals as (
    select distinct
        coalesce(first_mqls.lead_id, lead_deals.lead_id) as lead_id,
        lead_deals.opportunity_id
    from lead_deals
    left join first_mqls
        on lead_deals.account_id = first_mqls.account_id
),

cost_shares as (
    select
        opportunity_id,
        cost_share
    from {{ ref('int_deal_cost_share') }}
    where scope = 'deal'
),

cohorts as (
    select
        leads.lead_id,
        leads.mql_on,
        {{ date_plus_days('leads.mql_on', 'funnel_window.window_days') }} as win_mature_on
    from leads
    cross join {{ ref('int_funnel_window') }} as funnel_window
    where leads.mql_on is not null
),

won_deals as (
    select
        cohorts.lead_id,
        count_if(deals.is_first_sale) > 0 as is_won,
        sum(deals.net_amount * (1 - coalesce(cost_shares.cost_share, 0.0))) as cm1_amount,
        count_if(cost_shares.cost_share is null) as uncosted_deal_count,
        sum(deals.unconverted_amount) as unconverted_amount
    from cohorts
    inner join credited_deals
        on cohorts.lead_id = credited_deals.lead_id
    inner join deals
        on
            credited_deals.opportunity_id = deals.opportunity_id
            and cohorts.mql_on <= deals.closed_on
            and cohorts.win_mature_on >= deals.closed_on
    left join cost_shares
        on deals.opportunity_id = cost_shares.opportunity_id
    where deals.is_won
    group by cohorts.lead_id
)

select
    leads.lead_id,
    leads.mql_on,
    leads.sal_on,
    leads.lead_source,
    leads.source_system,
    leads.campaign,
    leads.score,
    leads.score_band,
    leads.rep,
    leads.team,
    leads.region,
    {{ date_plus_days('leads.mql_on', parameter('mql_sql_days')) }} <= {{ as_of_date() }}
        as is_sql_mature,
    coalesce(
        leads.sql_on <= {{ date_plus_days('leads.mql_on', parameter('mql_sql_days')) }}, false
    ) as is_sql_in_time,
    {{ date_plus_days('leads.sal_on', parameter('sal_sql_days')) }} <= {{ as_of_date() }}
        as is_sal_mature,
    coalesce(
        leads.sql_on <= {{ date_plus_days('leads.sal_on', parameter('sal_sql_days')) }}, false
    ) as is_sal_sql_in_time,
    cohorts.win_mature_on <= {{ as_of_date() }} as is_win_mature,
    coalesce(won_deals.is_won, false) as is_won_in_time,
    coalesce(won_deals.cm1_amount, 0.0) as cm1_amount,
    coalesce(won_deals.uncosted_deal_count, 0) as uncosted_deal_count,
    coalesce(won_deals.unconverted_amount, 0.0) as unconverted_amount
from leads
left join cohorts
    on leads.lead_id = cohorts.lead_id
left join won_deals
    on leads.lead_id = won_deals.lead_id
where leads.mql_on is not null or leads.sal_on is not null
