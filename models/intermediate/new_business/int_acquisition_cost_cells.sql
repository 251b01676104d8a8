-- Acquisition cost over new customers. Cost counts in the month whose customers it won
-- (cac_lag_months after its booking).
with costs as (
    select
        {{ date_plus_months('bookings.cost_date', parameter('cac_lag_months')) }} as booked_on,
        bookings.category as cost_category,
        coalesce(campaigns.campaign, '(unattributed)') as campaign,
        coalesce(bookings.cost_amount, 0.0) as cost_amount,
        bookings.category = 'advertising' or bookings.campaign_id is not null as is_paid,
        0 as new_customer_count,
        bookings.unconverted_amount
    from {{ ref('int_cost_booking') }} as bookings
    left join {{ ref('dim_campaign') }} as campaigns
        on bookings.campaign_id = campaigns.campaign_id
    where bookings.cost_pool = 'acquisition'
),

won_customers as (
    select
        event_on as booked_on,
        cast(null as varchar) as cost_category,
        coalesce(campaign, '(unattributed)') as campaign,
        0.0 as cost_amount,
        false as is_paid,
        new_customer_count,
        0.0 as unconverted_amount
    from {{ ref('int_new_customer_event') }}
),

entries as (
    select * from costs
    union all
    select * from won_customers
),

period_entries as (
    select
        periods.grain,
        periods.period_start,
        entries.*
    from entries
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.base_start = {{ month_start('entries.booked_on') }}
    inner join {{ ref('int_metric_grain') }} as grains
        on
            grains.metric_name = 'customer_acquisition_cost'
            and periods.grain = grains.grain
),

period_costs as (
    select * from period_entries
    where cost_category is not null
),

category_cells as (
    {{ kpi_cells('period_costs', 'period_start', [
        {
            'metric': 'customer_acquisition_cost',
            'numerator': 'sum(cost_amount)',
            'denominator': '0.0',
            'unconverted': 'sum(unconverted_amount)',
        },
    ], ['cost_category'], grain_column='grain') }}
),

cells as (
    {{ kpi_cells('period_entries', 'period_start', [
        {
            'metric': 'customer_acquisition_cost',
            'numerator': 'sum(cost_amount)',
            'denominator': 'sum(new_customer_count)',
            'n': 'sum(new_customer_count)',
            'unconverted': 'sum(unconverted_amount)',
        },
        {
            'metric': 'customer_acquisition_cost',
            'variant': 'paid_only',
            'numerator': 'sum(case when is_paid then cost_amount else 0.0 end)',
            'denominator': 'sum(new_customer_count)',
            'n': 'sum(new_customer_count)',
            'unconverted': 'sum(case when is_paid then unconverted_amount else 0.0 end)',
        },
    ], ['campaign'], grain_column='grain') }}
    union all
    select * from category_cells
    where dimension = 'cost_category'
),

with_totals as (
    select
        *,
        max(case when dimension = 'total' then denominator end) over (
            partition by grain, period_start
        ) as total_count
    from cells
),

-- More withdrawn than won: no customer to divide the cost by. A campaign whose cost was booked in
-- another period did not win its customers for nothing.
judged_cells as (
    {{ relabelled_cells('with_totals', {
        'forced_status': "case"
            ~ " when denominator < 0 or total_count < 0 then 'not_applicable'"
            ~ " when dimension = 'campaign' and numerator = 0 then 'not_applicable' end",
        'status_reason': "case"
            ~ " when denominator < 0 or total_count < 0 then 'more withdrawn than won'"
            ~ " when dimension = 'campaign' and numerator = 0"
            ~ " then 'no cost booked on the campaign in the period' end",
    }) }}
)

{{ known_cost_cells('judged_cells') }}
