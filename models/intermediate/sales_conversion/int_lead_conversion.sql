-- When a lead first entered or passed each step on the way to a customer.
with leads as (
    select * from {{ ref('crm_lead') }}
),

-- Merged leads once: the earliest date of each step (G6).
merged_leads as (
    select
        coalesce(master_lead_id, lead_id) as lead_id,
        min(created_at) as created_at,
        min(mql_at) as mql_at,
        min(sal_at) as sal_at,
        min(sql_at) as sql_at,
        max(converted_opportunity_id) as converted_opportunity_id
    from leads
    group by coalesce(master_lead_id, lead_id)
),

deals as (
    select
        deals.opportunity_id,
        deals.source_lead_id,
        deals.created_on,
        outcomes.outcome_on,
        outcomes.outcome
    from {{ ref('int_opportunity') }} as deals
    inner join {{ ref('int_opp_outcome') }} as outcomes
        on deals.opportunity_id = outcomes.opportunity_id
),

-- A lead can bring several deals; either side may hold the link.
lead_deals as (
    select
        source_lead_id as lead_id,
        opportunity_id
    from deals
    where source_lead_id is not null
    union
    select
        lead_id,
        converted_opportunity_id as opportunity_id
    from merged_leads
    where converted_opportunity_id is not null
),

first_quotes as (
    select
        opportunity_id,
        first_sent_on
    from {{ ref('int_quote_family') }}
    where is_first_of_deal
),

deal_steps as (
    select
        lead_deals.lead_id,
        min(deals.created_on) as opportunity_on,
        min(first_quotes.first_sent_on) as quote_on,
        min(case when deals.outcome = 'won' then deals.outcome_on end) as won_on
    from lead_deals
    inner join deals
        on lead_deals.opportunity_id = deals.opportunity_id
    left join first_quotes
        on lead_deals.opportunity_id = first_quotes.opportunity_id
    group by lead_deals.lead_id
),

dated_leads as (
    select
        merged_leads.lead_id,
        {{ reporting_date('merged_leads.created_at') }} as created_on,
        {%- for step in ['mql', 'sal', 'sql'] %}
        case
            when merged_leads.{{ step }}_at < {{ as_of_timestamp() }}
                then {{ reporting_date('merged_leads.' ~ step ~ '_at') }}
        end as {{ step }}_on,
        {%- endfor %}
        deal_steps.opportunity_on,
        deal_steps.quote_on,
        deal_steps.won_on
    from merged_leads
    left join deal_steps
        on merged_leads.lead_id = deal_steps.lead_id
    where merged_leads.created_at < {{ as_of_timestamp() }}
),

-- Passed counts as reached: whoever was won had been offered something.
passed_steps as (
    select
        lead_id,
        created_on,
        least(mql_on, sal_on, sql_on, opportunity_on, quote_on, won_on) as mql_on,
        least(sal_on, sql_on, opportunity_on, quote_on, won_on) as sal_on,
        least(sql_on, opportunity_on, quote_on, won_on) as sql_on,
        least(opportunity_on, quote_on, won_on) as opportunity_on,
        least(quote_on, won_on) as quote_on,
        won_on
    from dated_leads
)

select
    passed_steps.lead_id,
    passed_steps.created_on,
    passed_steps.mql_on,
    passed_steps.sal_on,
    passed_steps.sql_on,
    passed_steps.opportunity_on,
    passed_steps.quote_on,
    passed_steps.won_on,
    survivors.lead_source,
    survivors.source_system,
    campaigns.campaign,
    owners.rep,
    owners.team,
    coalesce(survivors.region, owners.region) as region,
    cast({{ date_plus_days('passed_steps.created_on', 'funnel_window.window_days') }} as date)
        as mature_on
from passed_steps
cross join {{ ref('int_funnel_window') }} as funnel_window
inner join leads as survivors
    on passed_steps.lead_id = survivors.lead_id
left join {{ ref('dim_user') }} as owners
    on survivors.owner_user_id = owners.user_id
left join {{ ref('dim_campaign') }} as campaigns
    on survivors.campaign_id = campaigns.campaign_id
