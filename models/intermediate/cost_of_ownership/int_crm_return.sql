-- Evidenced benefit and cost of ownership of each rolling year, and of all whole years before it
-- that end on the same day of the year: none is counted twice.
with benefits as (
    select
        period_start,
        sum(benefit_amount) as benefit_amount,
        cast(count_if(is_evidenced) as bigint) as stream_count,
        {{ join_text('case when not is_evidenced then component end', ', ') }}
            as unevidenced_components,
        max(complete_on) as complete_on,
        {{ join_text('reason', '; ') }} as reason
    from {{ ref('int_crm_benefit') }}
    group by period_start
),

tco_months as (
    select
        month_start,
        sum(cost_amount) as tco_amount,
        sum(unconverted_amount) as unconverted_amount,
        sum(unvalued_hours) as unvalued_hours
    from {{ ref('int_tco_booking') }}
    where entry_type = 'actual'
    group by month_start
),

years as (
    select
        benefits.*,
        extract(year from benefits.period_start) * 12 + extract(month from benefits.period_start)
            as start_no,
        coalesce(sum(tco_months.tco_amount), 0.0) as tco_amount,
        coalesce(sum(tco_months.unconverted_amount), 0.0) as unconverted_amount,
        coalesce(sum(tco_months.unvalued_hours), 0.0) as unvalued_hours
    from benefits
    left join tco_months
        on
            benefits.period_start <= tco_months.month_start
            and tco_months.month_start < {{ date_plus_months('benefits.period_start', 12) }}
    group by all
),

chains as (
    select
        years.period_start,
        earlier.period_start as part_start,
        earlier.benefit_amount,
        earlier.tco_amount,
        earlier.unconverted_amount,
        earlier.unvalued_hours
    from years
    inner join years as earlier
        on
            years.start_no >= earlier.start_no
            and (years.start_no - earlier.start_no) % 12 = 0
    where earlier.benefit_amount is not null
),

chain_sums as (
    select
        period_start,
        min(part_start) as chain_start,
        sum(benefit_amount) as cumulative_benefit_amount,
        sum(tco_amount) as cumulative_tco_amount,
        sum(unconverted_amount) as cumulative_unconverted_amount,
        sum(unvalued_hours) as cumulative_unvalued_hours
    from chains
    group by period_start
),

-- A year's benefit is spread evenly over its months: none of the streams knows the month.
chain_months as (
    select
        chains.period_start,
        periods.base_start as month_start,
        chains.benefit_amount / 12 as benefit_amount,
        coalesce(tco_months.tco_amount, 0.0) as tco_amount
    from chains
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.grain = 'r12m'
            and chains.part_start = periods.period_start
    left join tco_months
        on periods.base_start = tco_months.month_start
),

running as (
    select
        period_start,
        row_number() over (partition by period_start order by month_start) as month_number,
        sum(benefit_amount - tco_amount) over (
            partition by period_start order by month_start
            rows between unbounded preceding and current row
        ) as net_amount
    from chain_months
),

paybacks as (
    select
        period_start,
        min(case when net_amount >= 0 then month_number end) as payback_months
    from running
    group by period_start
)

select
    years.period_start,
    years.benefit_amount,
    years.stream_count,
    years.unevidenced_components,
    years.complete_on,
    years.reason,
    years.tco_amount,
    years.unconverted_amount,
    cast(ceil(years.unvalued_hours) as bigint) as unvalued_hours,
    chain_sums.chain_start,
    chain_sums.cumulative_benefit_amount,
    chain_sums.cumulative_tco_amount,
    chain_sums.cumulative_unconverted_amount,
    cast(ceil(chain_sums.cumulative_unvalued_hours) as bigint) as cumulative_unvalued_hours,
    cast(paybacks.payback_months as double) as payback_months
from years
left join chain_sums
    on years.period_start = chain_sums.period_start
left join paybacks
    on years.period_start = paybacks.period_start
