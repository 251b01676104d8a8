-- Deals that were in Lost in the twelve months to the end of the period, and of those the ones
-- somebody took up again within it.
with metric_periods as (
    select distinct
        metric_grains.grain,
        periods.period_start,
        least(periods.period_end, {{ as_of_date() }}) as period_end,
        {{ date_plus_months(date_plus_days('periods.period_end', 1), -12) }} as window_start
    from {{ ref('int_period') }} as periods
    inner join {{ ref('int_metric_grain') }} as metric_grains
        on
            periods.grain = metric_grains.grain
            and metric_grains.metric_name = 'reopen_rate'
    where periods.base_grain = 'month'
),

entries as (
    select * from {{ ref('int_lost_entry') }}
),

-- Each deal once per period, under the rep and reason of its last reopening in it, else of its last
-- loss.
deals as (
    select
        metric_periods.grain,
        metric_periods.period_start,
        entries.opportunity_id,
        entries.rep,
        entries.reason,
        coalesce(
            entries.reopened_on >= metric_periods.period_start
            and entries.reopened_on <= metric_periods.period_end,
            false
        ) as is_reopened
    from metric_periods
    inner join entries
        on
            metric_periods.window_start <= entries.entered_on
            and metric_periods.period_end >= entries.entered_on
    qualify row_number() over (
            partition by metric_periods.grain, metric_periods.period_start, entries.opportunity_id
            order by is_reopened desc, entries.entered_on desc, entries.lost_no desc
        ) = 1
),

-- A period without any is a period with none.
cancelled_wins as (
    select
        metric_periods.grain,
        metric_periods.period_start,
        intervals.opportunity_id
    from metric_periods
    left join {{ ref('int_opp_open_interval') }} as intervals
        on
            metric_periods.period_start <= intervals.opened_on
            and metric_periods.period_end >= intervals.opened_on
            and intervals.opened_by = 'win cancelled'
)

{{ kpi_cells('deals', 'period_start', [
    {
        'metric': 'reopen_rate',
        'numerator': 'count_if(is_reopened)',
        'denominator': 'count(*)',
        'dimensions': ['rep', 'reason'],
    },
], grain_column='grain') }}
union all
{{ kpi_cells('cancelled_wins', 'period_start', [
    {
        'metric': 'reopen_rate',
        'variant': 'won_cancelled',
        'numerator': 'count(opportunity_id)',
        'n': 'count(opportunity_id)',
    },
], grain_column='grain') }}
