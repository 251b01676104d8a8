-- Who gets the credit for a won deal: the campaigns whose messages reached its account, or the lead
-- it came from, in the days before it was created. Each model hands out exactly one deal.
with deals as (
    select
        opportunity_id,
        account_id,
        source_lead_id,
        created_on,
        closed_on,
        net_amount,
        unconverted_amount
    from {{ ref('fct_opportunity') }}
    where is_won and closed_on is not null
),

messages as (
    select
        steps.campaign_id,
        steps.step_no,
        exposures.account_id,
        exposures.lead_id,
        steps.delivered_at,
        {{ reporting_date('steps.delivered_at') }} as delivered_on
    from {{ ref('int_campaign_step') }} as steps
    inner join {{ ref('int_campaign_exposure') }} as exposures
        on
            steps.campaign_id = exposures.campaign_id
            and steps.person_id = exposures.person_id
    where steps.arm = 'treatment' and steps.delivered_at is not null
),

reached_deals as (
    select
        deals.opportunity_id,
        deals.created_on,
        messages.campaign_id,
        messages.step_no,
        messages.delivered_at,
        messages.delivered_on
    from deals
    inner join messages
        on deals.account_id = messages.account_id
    union all
    select
        deals.opportunity_id,
        deals.created_on,
        messages.campaign_id,
        messages.step_no,
        messages.delivered_at,
        messages.delivered_on
    from deals
    inner join messages
        on deals.source_lead_id = messages.lead_id
),

-- A step sent to five people of one account is one touch of the deal.
touches as (
    select
        opportunity_id,
        campaign_id,
        step_no,
        min(delivered_at) as touched_at
    from reached_deals
    where
        delivered_on <= created_on
        and delivered_on >= {{ date_plus_days('created_on', '-' ~ parameter('attribution_days')) }}
    group by opportunity_id, campaign_id, step_no
),

placed as (
    select
        *,
        row_number() over (
            partition by opportunity_id order by touched_at, campaign_id, step_no
        ) as place,
        count(*) over (partition by opportunity_id) as touch_count
    from touches
),

credits as (
    select
        opportunity_id,
        campaign_id,
        'first' as attribution_model,
        case when place = 1 then 1.0 else 0.0 end as credit_share
    from placed
    union all
    select
        opportunity_id,
        campaign_id,
        'last' as attribution_model,
        case when place = touch_count then 1.0 else 0.0 end as credit_share
    from placed
    union all
    select
        opportunity_id,
        campaign_id,
        'linear' as attribution_model,
        1.0 / nullif(touch_count, 0) as credit_share
    from placed
    union all
    select
        opportunity_id,
        campaign_id,
        'u_shape' as attribution_model,
        case
            when touch_count = 1 then 1.0
            when touch_count = 2 then 0.5
            when place in (1, touch_count) then 0.4
            else 0.2 / nullif(touch_count - 2, 0)
        end as credit_share
    from placed
),

models as (
    {%- for model in ['first', 'last', 'linear', 'u_shape'] %}
    select '{{ model }}' as attribution_model
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

touched_deals as (
    select distinct opportunity_id from touches
),

-- A deal that no campaign reached is nobody's.
shared as (
    select
        opportunity_id,
        campaign_id,
        attribution_model,
        sum(credit_share) as credit_share
    from credits
    group by opportunity_id, campaign_id, attribution_model
    having sum(credit_share) > 0
    union all
    select
        deals.opportunity_id,
        cast(null as varchar) as campaign_id,
        models.attribution_model,
        1.0 as credit_share
    from deals
    cross join models
    left join touched_deals
        on deals.opportunity_id = touched_deals.opportunity_id
    where touched_deals.opportunity_id is null
)

select
    shared.opportunity_id,
    shared.campaign_id,
    shared.attribution_model,
    coalesce(campaigns.campaign, '(unattributed)') as campaign,
    case
        when shared.campaign_id is null then '(unattributed)'
        else campaigns.channel
    end as channel,
    deals.closed_on,
    shared.credit_share,
    shared.credit_share * deals.net_amount as net_amount,
    shared.credit_share * deals.unconverted_amount as unconverted_amount
from shared
inner join deals
    on shared.opportunity_id = deals.opportunity_id
left join {{ ref('dim_campaign') }} as campaigns
    on shared.campaign_id = campaigns.campaign_id
