-- Those who were contacted again against those held back, within the step of one campaign in which
-- chance decided.
with steps as (
    select
        grains.grain,
        periods.period_start,
        steps.*
    from {{ ref('fct_campaign_step') }} as steps
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and {{ month_start('steps.enrolled_on') }} = periods.base_start
    inner join {{ ref('int_metric_grain') }} as grains
        on
            periods.grain = grains.grain
            and grains.metric_name = 'followup_incremental_lift'
    where steps.is_followup
),

arm_counts as (
    select
        grain,
        period_start,
        campaign,
        step,
        customer_type,
        channel,
        is_followup_test,
        count_if(arm = 'treatment') as first_count,
        count_if(arm = 'treatment' and has_converted) as first_success_count,
        count_if(arm = 'control' and is_followup_test) as other_count,
        count_if(arm = 'control' and is_followup_test and has_converted) as other_success_count,
        max(mature_on) as complete_on
    from steps
    group by grain, period_start, campaign, step, customer_type, channel, is_followup_test
)

{{ stratified_difference(
    'followup_incremental_lift',
    'arm_counts',
    ['campaign', 'step', 'customer_type', 'channel'],
    ['campaign', 'step', 'is_followup_test'],
    missing='nobody held back',
    unproven='effect not proven',
) }}
