with deals as (
    select
        opportunity_id,
        pipeline_id,
        source_lead_id,
        opportunity_type,
        lost_reason,
        lost_competitor,
        is_stage_tracked,
        source_name
    from {{ ref('int_opportunity') }}
),

outcomes as (
    select * from {{ ref('int_opp_outcome') }}
),

attributes as (
    select * from {{ ref('int_opp_attribute') }}
),

opp_values as (
    select * from {{ ref('int_opp_value') }}
),

deal_types as (
    select *
    from {{ ref('int_deal_sale_type') }}
    where occasion = 'outcome'
),

stages as (
    select * from {{ ref('dim_stage') }}
),

reasons as (
    select
        lower(reason) as reason,
        reason_group,
        is_cleanup,
        is_other
    from {{ ref('reason_group') }}
    where reason_type = 'lost'
),

described as (
    select
        deals.opportunity_id,
        attributes.account_id,
        deals.source_lead_id,
        attributes.owner_user_id,
        attributes.rep,
        attributes.team,
        attributes.department,
        attributes.region,
        attributes.country,
        attributes.segment,
        attributes.industry,
        attributes.customer_type,
        attributes.dim_asof,
        attributes.lead_source,
        attributes.campaign_id,
        attributes.campaign,
        coalesce(stages.pipeline_id, deals.pipeline_id) as pipeline,
        outcomes.stage_id,
        stages.stage,
        outcomes.last_open_stage_id,
        last_open_stages.stage as last_open_stage,
        outcomes.created_at,
        outcomes.created_on,
        outcomes.outcome,
        outcomes.outcome = 'won' as is_won,
        outcomes.outcome = 'lost' as is_lost,
        outcomes.outcome = 'open' as is_open,
        outcomes.outcome_at as closed_at,
        outcomes.outcome_on as closed_on,
        opp_values.expected_close_date,
        opp_values.net_amount,
        opp_values.document_net_amount is not null as has_amount,
        opp_values.unconverted_amount,
        opp_values.document_net_amount,
        opp_values.document_currency,
        cast(outcomes.cycle_days as integer) as cycle_days,
        cast(outcomes.cycle_days - outcomes.lost_days as integer) as active_cycle_days,
        -- Entered only once it was decided: says nothing about how long a sale takes.
        coalesce(outcomes.cycle_days < 1, false) as is_backfilled,
        case when outcomes.outcome = 'lost' then deals.lost_reason end as reason,
        case when outcomes.outcome = 'lost' then deals.lost_competitor end as competitor,
        outcomes.n_reopen,
        outcomes.n_won_cancelled,
        opp_values.n_slips,
        deal_types.sale_type,
        deal_types.product_id,
        deal_types.product_family,
        deal_types.term_months,
        lower(deals.opportunity_type) as declared_type,
        coalesce(deal_types.is_type_conflict, false) as is_type_conflict,
        deals.is_stage_tracked,
        deals.source_name
    from deals
    inner join outcomes
        on deals.opportunity_id = outcomes.opportunity_id
    inner join attributes
        on deals.opportunity_id = attributes.opportunity_id
    inner join opp_values
        on deals.opportunity_id = opp_values.opportunity_id
    left join deal_types
        on deals.opportunity_id = deal_types.opportunity_id
    left join stages
        on outcomes.stage_id = stages.stage_id
    left join stages as last_open_stages
        on outcomes.last_open_stage_id = last_open_stages.stage_id
)

select
    described.*,
    reasons.reason_group,
    coalesce(reasons.is_cleanup, false) as is_cleanup,
    described.is_lost
    and (described.reason is null or coalesce(reasons.is_other, false)) as is_reason_unclear,
    -- A renewal for nothing is no price, so it is left out of deal sizes.
    described.is_won
    and coalesce(described.sale_type, described.declared_type, '') = 'renewal'
    and coalesce(described.document_net_amount, 0) = 0 as is_free_renewal,
    amount_bands.band as amount_band
from described
left join reasons
    on lower(described.reason) = reasons.reason
{{ band_join('amount_bands', 'amount_band', 'described.net_amount') }}
