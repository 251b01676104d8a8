-- Both arms, counted for each final period: what a cohort says is judged for all of it. Only who
-- was drawn by lot is compared; anybody else who was addressed stands in a row without a control.
with people as (
    select *
    from {{ ref('fct_campaign_person') }}
    where has_offer
),

periods as (
    select
        grains.grain,
        periods.period_start,
        periods.base_start
    from {{ ref('int_period') }} as periods
    inner join {{ ref('int_metric_grain') }} as grains
        on
            periods.grain = grains.grain
            and grains.metric_name = 'campaign_incremental_lift'
    where periods.base_grain = 'month'
)

select
    periods.grain,
    periods.period_start,
    people.campaign,
    people.channel,
    people.customer_type,
    people.segment,
    people.is_randomised,
    count_if(people.arm = 'treatment') as first_count,
    count_if(people.arm = 'treatment' and people.has_converted) as first_success_count,
    count_if(people.arm = 'control' and people.is_randomised) as other_count,
    count_if(people.arm = 'control' and people.is_randomised and people.has_converted)
        as other_success_count,
    count_if(people.arm = 'control' and people.is_contaminated) as note_count,
    sum(case when people.arm = 'treatment' and people.has_converted then people.cm1_amount end)
        as first_cm1_amount,
    count(case when people.arm = 'treatment' and people.has_converted then people.cm1_amount end)
        as first_cm1_count,
    sum(case when people.arm = 'control' and people.has_converted then people.cm1_amount end)
        as other_cm1_amount,
    count(case when people.arm = 'control' and people.has_converted then people.cm1_amount end)
        as other_cm1_count,
    sum(people.cost_amount) as cost_amount,
    sum(people.unconverted_amount + people.unconverted_cost_amount) as unconverted_amount,
    max(people.mature_on) as complete_on
from people
inner join periods
    on {{ month_start('people.enrolled_on') }} = periods.base_start
group by
    periods.grain,
    periods.period_start,
    people.campaign,
    people.channel,
    people.customer_type,
    people.segment,
    people.is_randomised
