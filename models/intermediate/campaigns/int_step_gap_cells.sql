-- Campaigns with several steps against those with one, each customer type and segment with itself.
with people as (
    select
        grains.grain,
        periods.period_start,
        people.*
    from {{ ref('fct_campaign_person') }} as people
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and {{ month_start('people.enrolled_on') }} = periods.base_start
    inner join {{ ref('int_metric_grain') }} as grains
        on
            periods.grain = grains.grain
            and grains.metric_name = 'single_vs_multi_step_gap'
    where
        people.is_delivered
        and people.has_offer
        and people.step_type is not null
),

step_counts as (
    select
        grain,
        period_start,
        topic,
        customer_type,
        segment,
        count_if(step_type = 'multi') as first_count,
        count_if(step_type = 'multi' and has_accepted) as first_success_count,
        count_if(step_type = 'single') as other_count,
        count_if(step_type = 'single' and has_accepted) as other_success_count,
        max(mature_on) as complete_on
    from people
    group by grain, period_start, topic, customer_type, segment
),

cells as (
    {{ stratified_difference(
        'single_vs_multi_step_gap',
        'step_counts',
        ['topic'],
        ['customer_type', 'segment'],
        missing='only one kind of campaign',
        unproven='gap not proven',
        weight='first_count + other_count',
    ) }}
)

-- Nobody drew lots about the number of steps; one kind alone is a gap without a value, not a gap in
-- the data.
{{ relabelled_cells('cells', {
    'forced_status': "case when forced_status = 'no_data' then 'not_applicable' end",
    'status_reason': "concat_ws('; ',"
        ~ " case when forced_status = 'no_data' then 'only one kind of campaign'"
        ~ " else status_reason end,"
        ~ " 'descriptive, not by lot')",
}) }}
