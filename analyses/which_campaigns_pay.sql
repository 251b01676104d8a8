-- Which campaigns brought more than they cost, and which only claim what would have come anyway?
-- Per campaign that is mature: treated and control, their acceptance, the lift with its interval,
-- the additional margin by that lift and, as the upper bound, the margin of everybody who bought.
-- Only `lift_low > 0` is a proof; without a control nothing is.
with persons as (
    select *
    from {{ ref('fct_campaign_person') }}
    where mature_on <= {{ as_of_date() }} and has_offer
),

counted as (
    select
        campaign,
        channel,
        step_type,
        count_if(arm = 'treatment') as treated_count,
        count_if(arm = 'treatment' and has_accepted) as treated_accepted_count,
        count_if(arm = 'control' and is_randomised) as control_count,
        count_if(arm = 'control' and is_randomised and has_accepted) as control_accepted_count,
        sum(case when arm = 'treatment' then cm1_amount end) as attributed_cm1_amount,
        avg(case when arm = 'treatment' and has_accepted then cm1_amount end)
            as cm1_per_acceptance_amount,
        sum(cost_amount) as cost_amount
    from persons
    group by campaign, channel, step_type
),

rated as (
    select
        *,
        1.0 * treated_accepted_count / nullif(treated_count, 0) as treated_rate,
        1.0 * control_accepted_count / nullif(control_count, 0) as control_rate
    from counted
)

select
    campaign,
    channel,
    step_type,
    treated_count,
    control_count,
    treated_rate,
    control_rate,
    treated_rate - control_rate as lift,
    case
        when control_count > 0
            then {{ newcombe(
                'treated_accepted_count', 'treated_count', 'control_accepted_count',
                'control_count', 'low'
            ) }}
    end as lift_low,
    cost_amount,
    case
        when control_count > 0
            then
                (treated_rate - control_rate) * treated_count
                * coalesce(cm1_per_acceptance_amount, 0) - cost_amount
    end as incremental_gain_amount,
    coalesce(attributed_cm1_amount, 0) - cost_amount as claimed_gain_amount
from rated
order by incremental_gain_amount desc nulls last, claimed_gain_amount desc
