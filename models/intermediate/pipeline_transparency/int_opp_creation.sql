-- A deal as it was at the end of the day it was created: what was identified, by whom and where.
with deals as (
    select
        opportunity_id,
        account_id,
        owner_user_id,
        net_amount,
        currency,
        expected_close_date,
        lead_source,
        campaign_id,
        created_at,
        created_on,
        {{ day_end_at('created_on') }} as observed_at,
        source_name
    from {{ ref('int_opportunity') }}
    where created_on is not null
),

accounts as (
    select
        account_id,
        region
    from {{ ref('dim_account') }}
),

as_was as (
    select
        deals.opportunity_id,
        deals.account_id,
        deals.created_at,
        deals.created_on,
        deals.lead_source,
        deals.campaign_id,
        deals.currency,
        deals.source_name,
        bases.region_basis,
        visits.stage_id,
        {{ as_was_value('owner_then', 'deals.owner_user_id') }} as owner_user_id,
        {{ as_was_value('amount_then', 'deals.net_amount', 'double') }} as document_net_amount,
        {{ as_was_value('close_then', 'deals.expected_close_date', 'date') }}
            as expected_close_date,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region
    from deals
    left join {{ ref('int_region_basis') }} as bases
        on deals.source_name = bases.source_name
    left join accounts
        on deals.account_id = accounts.account_id
    left join {{ ref('int_opp_stage') }} as visits
        on
            deals.opportunity_id = visits.opportunity_id
            and deals.observed_at >= visits.entered_at
            and deals.observed_at < coalesce(visits.exited_at, {{ last_instant() }})
    {%- for alias, object_type, record_id, field_name in [
        ('owner_then', 'opportunity', 'deals.opportunity_id', 'owner_user_id'),
        ('amount_then', 'opportunity', 'deals.opportunity_id', 'net_amount'),
        ('close_then', 'opportunity', 'deals.opportunity_id', 'expected_close_date'),
        ('region_then', 'account', 'deals.account_id', 'region'),
    ] %}
    {{ as_was_join(alias, object_type, record_id, field_name, 'deals.observed_at') }}
    {%- endfor %}
)

select
    as_was.opportunity_id,
    as_was.account_id,
    as_was.created_on,
    owners.rep,
    case
        when as_was.region_basis = 'account' then as_was.account_region
        else owners.region
    end as region,
    as_was.lead_source,
    campaigns.campaign,
    {{ customer_type('types', 'as_was.account_id') }} as customer_type,
    as_was.stage_id,
    stages.stage,
    as_was.expected_close_date,
    as_was.document_net_amount,
    {{ reporting_amount('as_was.document_net_amount', 'as_was.currency') }} as net_amount,
    {{ unconverted_amount('as_was.document_net_amount', 'as_was.currency') }} as unconverted_amount,
    -- Entered when it was already won, at most a day after: recorded, not identified.
    outcomes.outcome = 'won'
    and coalesce(
        as_was.created_at >= outcomes.outcome_at - interval '1' day, false
    ) as is_backfilled,
    coalesce(intervals.ended_on is null or intervals.ended_on > as_was.created_on, false)
    and intervals.opportunity_id is not null as is_open_overnight,
    as_was.source_name
from as_was
inner join {{ ref('int_opp_outcome') }} as outcomes
    on as_was.opportunity_id = outcomes.opportunity_id
left join {{ ref('int_opp_open_interval') }} as intervals
    on
        as_was.opportunity_id = intervals.opportunity_id
        and intervals.interval_no = 1
        and intervals.opened_by = 'created'
left join {{ ref('dim_user') }} as owners
    on as_was.owner_user_id = owners.user_id
left join {{ ref('dim_campaign') }} as campaigns
    on as_was.campaign_id = campaigns.campaign_id
left join {{ ref('dim_stage') }} as stages
    on as_was.stage_id = stages.stage_id
{{ customer_type_join('types', 'as_was.account_id', 'as_was.created_on') }}
{{ fx_join('fx', 'as_was.currency', 'as_was.created_on') }}
