-- What must be equal by definition: every attribution model hands out exactly the revenue that was
-- won, treated and control are everybody enrolled, incremental acceptances and the ROI of a period
-- are those of its campaigns, the lift of the customer types is that of all, all campaigns are the
-- average of themselves, and nobody accepts without having ordered.
with kpi as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value
    from {{ ref('kpi_campaigns') }}
    where value_status not in ('no_data', 'suppressed')
),

totals as (
    select * from kpi
    where dimension = 'total'
),

won as (
    select
        {{ month_start('closed_on') }} as month_start,
        sum(net_amount) as net_amount
    from {{ ref('fct_opportunity') }}
    where is_won and closed_on is not null
    group by {{ month_start('closed_on') }}
),

model_sums as (
    select
        kpi.grain,
        kpi.period_start,
        split_part(kpi.dimension_value, ' × ', 2) as attribution_model,
        sum(kpi.numerator) as numerator
    from kpi
    where
        kpi.metric_name = 'campaign_attributed_net_revenue'
        and kpi.dimension = 'campaign × attribution_model'
    group by all
),

slice_sums as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from kpi
    where
        (metric_name = 'campaign_incremental_lift' and dimension in ('campaign', 'customer_type'))
        or (metric_name = 'campaign_roi_incremental' and dimension in ('campaign', 'channel'))
        or (metric_name = 'followup_incremental_lift' and dimension in ('campaign', 'step'))
    group by all
),

people as (
    select
        campaign_id,
        count_if(arm = 'treatment') as treated_count,
        count_if(arm = 'control') as control_count
    from {{ ref('fct_campaign_person') }}
    group by campaign_id
),

enrolled as (
    select
        steps.campaign_id,
        count(distinct steps.person_id) as person_count
    from {{ ref('int_campaign_step') }} as steps
    inner join {{ ref('dim_campaign') }} as campaigns
        on steps.campaign_id = campaigns.campaign_id
    group by steps.campaign_id
),

model_names as (
    select distinct attribution_model from {{ ref('int_campaign_credit') }}
)

select
    'revenue of model ' || model_names.attribution_model || ' is not what was won' as problem,
    cast(won.month_start as varchar) as place,
    won.net_amount as expected,
    model_sums.numerator as found
from won
cross join model_names
left join model_sums
    on
        model_sums.grain = 'month'
        and won.month_start = model_sums.period_start
        and model_names.attribution_model = model_sums.attribution_model
where
    abs(coalesce(won.net_amount, 0) - coalesce(model_sums.numerator, 0)) > 0.005
    -- Without campaigns nothing is attributed, and the KPI says so.
    and exists (
        select 1
        from totals
        where
            totals.metric_name = 'campaign_attributed_net_revenue'
            and totals.grain = 'month'
            and totals.period_start = won.month_start
    )
union all
select
    'total of ' || totals.metric_name || ' is not that of its slices by ' || slice_sums.dimension
        as problem,
    totals.grain || ' ' || cast(totals.period_start as varchar) as place,
    totals.numerator as expected,
    slice_sums.numerator as found
from totals
inner join slice_sums
    on
        totals.metric_name = slice_sums.metric_name
        and totals.grain = slice_sums.grain
        and totals.period_start = slice_sums.period_start
where
    abs(totals.numerator - slice_sums.numerator) > 0.005
    or abs(totals.denominator - slice_sums.denominator) > 0.005
union all
select
    'treated and control are not everybody enrolled' as problem,
    enrolled.campaign_id as place,
    enrolled.person_count as expected,
    people.treated_count + people.control_count as found
from enrolled
left join people
    on enrolled.campaign_id = people.campaign_id
where people.treated_count + people.control_count is distinct from enrolled.person_count
union all
select
    'all campaigns are not the average' as problem,
    grain || ' ' || cast(period_start as varchar) as place,
    1 as expected,
    value as found
from totals
where metric_name = 'targeting_precision_index' and abs(value - 1) > 1e-9
union all
select
    'the attributed return stands on another cost' as problem,
    totals.grain || ' ' || cast(totals.period_start as varchar) as place,
    totals.denominator as expected,
    attributed.denominator as found
from totals
inner join kpi as attributed
    on
        totals.metric_name = attributed.metric_name
        and totals.grain = attributed.grain
        and totals.period_start = attributed.period_start
        and attributed.dimension_value = 'attributed'
where
    totals.metric_name = 'campaign_roi_incremental'
    and abs(attributed.denominator - totals.denominator) > 0.005
union all
select
    'accepted without an order' as problem,
    campaign_id || ' ' || person_id as place,
    1 as expected,
    0 as found
from {{ ref('fct_campaign_person') }}
where has_accepted and not has_converted
