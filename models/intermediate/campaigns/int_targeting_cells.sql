-- Orders of an audience over those that the acceptance rates of all campaigns of twelve months lead
-- to expect of its mix of customer types. The total is that of the twelve months: 1 by
-- construction.
with people as (
    select *
    from {{ ref('fct_campaign_person') }}
    where is_delivered and has_offer
),

periods as (
    select distinct
        periods.grain,
        periods.period_start,
        periods.period_end,
        {{ date_plus_months(date_plus_days('periods.period_end', 1), -12) }} as window_start
    from {{ ref('int_period') }} as periods
    inner join {{ ref('int_metric_grain') }} as grains
        on
            periods.grain = grains.grain
            and grains.metric_name = 'targeting_precision_index'
),

first_months as (
    select {{ month_start('min(enrolled_on)') }} as first_month
    from {{ ref('fct_campaign_person') }}
),

window_people as (
    select
        periods.grain,
        periods.period_start,
        periods.window_start,
        people.campaign,
        people.topic,
        people.customer_type,
        people.mature_on,
        people.has_accepted,
        people.enrolled_on >= periods.period_start as is_in_period,
        avg(case when people.has_accepted then 1.0 else 0.0 end) over (
            partition by periods.grain, periods.period_start, people.customer_type
        ) as expected_rate
    from people
    inner join periods
        on
            people.enrolled_on >= periods.window_start
            and people.enrolled_on <= periods.period_end
),

period_people as (
    select * from window_people
    where is_in_period
),

{%- set index = {
    'metric': 'targeting_precision_index',
    'numerator': 'count_if(has_accepted)',
    'denominator': 'sum(expected_rate)',
    'complete_on': 'max(mature_on)',
} %}

slice_cells as (
    {{ kpi_cells(
        'period_people', 'period_start', [index], ['campaign', 'topic'], grain_column='grain'
    ) }}
),

total_cells as (
    {{ kpi_cells('window_people', 'period_start', [index], grain_column='grain') }}
),

cells as (
    select * from slice_cells
    where dimension <> 'total'
    union all
    select * from total_cells
),

windowed as (
    select
        cells.*,
        periods.window_start < first_months.first_month as is_window_cut
    from cells
    inner join periods
        on
            cells.grain = periods.grain
            and cells.period_start = periods.period_start
    cross join first_months
)

{{ relabelled_cells('windowed', {
    'value': 'numerator / nullif(denominator, 0)',
    'forced_status': "case when is_window_cut then 'no_data' end",
    'status_reason': "case when is_window_cut then 'twelve months of campaigns not loaded'"
        ~ " when dimension = 'total' then 'the average of twelve months' end",
}) }}
