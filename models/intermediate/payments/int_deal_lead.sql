-- The lead a deal came from; either side may hold the link. Merged leads are one, with the earliest
-- date of each step (G6), and the earliest lead of a deal is its beginning.
with leads as (
    select
        coalesce(master_lead_id, lead_id) as lead_id,
        min({{ reporting_date('created_at') }}) as created_on,
        min({{ reporting_date('sql_at') }}) as sql_on,
        min(converted_opportunity_id) as converted_opportunity_id
    from {{ ref('crm_lead') }}
    where created_at < {{ as_of_timestamp() }}
    group by coalesce(master_lead_id, lead_id)
),

links as (
    select
        deals.opportunity_id,
        leads.lead_id,
        leads.created_on,
        leads.sql_on
    from {{ ref('int_opportunity') }} as deals
    inner join leads
        on deals.source_lead_id = leads.lead_id
    union all
    select
        deals.opportunity_id,
        leads.lead_id,
        leads.created_on,
        leads.sql_on
    from {{ ref('int_opportunity') }} as deals
    inner join leads
        on deals.opportunity_id = leads.converted_opportunity_id
)

select
    opportunity_id,
    lead_id,
    created_on,
    sql_on
from links
qualify row_number() over (partition by opportunity_id order by created_on, lead_id) = 1
