{%- set steps = [
    'mql', 'handed_over', 'first_touch', 'sal', 'sql', 'rejected', 'recycled', 'deactivated'
] %}
-- Every lead once, with the earliest moment of each step of its merge group (G6); what lies after
-- as_of has not happened. A lead that nobody handed over by hand was handed over as an MQL.
with leads as (
    select * from {{ ref('crm_lead') }}
),

merged_steps as (
    select
        coalesce(master_lead_id, lead_id) as lead_id,
        {%- for step in steps %}
        min(case when {{ step }}_at < {{ as_of_timestamp() }} then {{ step }}_at end)
            as {{ step }}_at,
        {%- endfor %}
        max(converted_opportunity_id) as converted_opportunity_id,
        max(converted_account_id) as converted_account_id,
        min(created_at) as created_at
    from leads
    group by coalesce(master_lead_id, lead_id)
),

deals as (
    select
        opportunity_id,
        account_id,
        created_on
    from {{ ref('int_opportunity') }}
)

select
    merged_steps.lead_id,
    merged_steps.created_at,
    {{ reporting_date('merged_steps.created_at') }} as created_on,
    merged_steps.mql_at,
    {{ reporting_date('merged_steps.mql_at') }} as mql_on,
    coalesce(merged_steps.handed_over_at, merged_steps.mql_at) as handed_over_at,
    merged_steps.first_touch_at,
    merged_steps.sal_at,
    {{ reporting_date('merged_steps.sal_at') }} as sal_on,
    merged_steps.sql_at,
    {{ reporting_date('merged_steps.sql_at') }} as sql_on,
    merged_steps.rejected_at,
    nullif(trim(survivors.rejection_reason), '') as rejection_reason,
    merged_steps.recycled_at,
    merged_steps.deactivated_at,
    nullif(trim(survivors.deactivation_reason), '') as deactivation_reason,
    merged_steps.converted_opportunity_id,
    coalesce(merged_steps.converted_account_id, deals.account_id) as converted_account_id,
    -- A conversion has the date of the deal it made, without one that of the qualification.
    case
        when
            merged_steps.converted_opportunity_id is not null
            or merged_steps.converted_account_id is not null
            or lower(survivors.status) = 'converted'
            then coalesce(deals.created_on, {{ reporting_date('merged_steps.sql_at') }})
    end as converted_on,
    cast(survivors.score as integer) as score,
    score_bands.band as score_band,
    survivors.lead_source,
    survivors.source_system,
    survivors.campaign_id,
    campaigns.campaign,
    survivors.owner_user_id,
    owners.rep,
    owners.team,
    coalesce(survivors.region, owners.region) as region,
    survivors.source_name
from merged_steps
inner join leads as survivors
    on merged_steps.lead_id = survivors.lead_id
left join deals
    on merged_steps.converted_opportunity_id = deals.opportunity_id
left join {{ ref('dim_user') }} as owners
    on survivors.owner_user_id = owners.user_id
left join {{ ref('dim_campaign') }} as campaigns
    on survivors.campaign_id = campaigns.campaign_id
{{ band_join('score_bands', 'score_band', 'survivors.score') }}
where merged_steps.created_at < {{ as_of_timestamp() }}
