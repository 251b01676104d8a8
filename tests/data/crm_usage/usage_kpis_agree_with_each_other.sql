-- What must be equal by definition: nobody adopts without logging in, months are their weeks, the
-- reasons are those of all relationships that are not fresh, mix and rate add up to the gap of a
-- region and the gaps to none, and every touch is counted once by quarter and once by week.
with kpi as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value,
        n
    from {{ ref('kpi_crm_usage') }}
    where value_status not in ('no_data', 'suppressed')
),

totals as (
    select * from kpi
    where dimension = 'total'
),

weeks_per_month as (
    select
        period_start,
        count(*) as week_count
    from {{ ref('int_period') }}
    where base_grain = 'iso_week' and grain = 'month'
    group by period_start
),

-- Only months of which every week has a value: the week in which the first month of the data begins
-- may have begun before it.
weeks_of_months as (
    select
        totals.metric_name,
        periods.period_start,
        sum(totals.numerator) as numerator,
        sum(totals.denominator) as denominator
    from totals
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'iso_week'
            and periods.grain = 'month'
            and totals.period_start = periods.base_start
    inner join weeks_per_month
        on periods.period_start = weeks_per_month.period_start
    where
        totals.grain = 'iso_week'
        and totals.metric_name in ('crm_adoption_rate', 'crm_login_rate', 'dashboard_review_rate')
    group by totals.metric_name, periods.period_start, weeks_per_month.week_count
    having count(*) = weeks_per_month.week_count
),

reasons as (
    select
        period_start,
        sum(numerator) as stale_count
    from kpi
    where metric_name = 'stale_relationship_reason_share' and dimension = 'reason'
    group by period_start
),

gaps as (
    select
        period_start,
        dimension_value as region,
        value
    from kpi
    where metric_name = 'region_gap_decomposition' and dimension = 'region'
),

components as (
    select
        period_start,
        split_part(dimension_value, ' × ', 1) as region,
        sum(value) as value
    from kpi
    where metric_name = 'region_gap_decomposition' and dimension = 'region × component'
    group by period_start, split_part(dimension_value, ' × ', 1)
),

touch_sums as (
    select
        metric_name,
        min(period_start) as first_start,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from totals
    where
        (metric_name = 'conversion_by_weekday' and grain = 'quarter')
        or (metric_name = 'conversion_by_week' and grain = 'iso_week')
    group by metric_name
),

-- A week that began before the data has no value, so its touches are counted by quarter only.
touch_counts as (
    select
        touch_sums.metric_name,
        count(*) as touch_count,
        count_if(touches.has_converted) as converted_count
    from touch_sums
    inner join {{ ref('int_touch') }} as touches
        on touch_sums.first_start <= touches.touched_on
    group by touch_sums.metric_name
)

select
    'adopted without a login, or of other people' as problem,
    adoption.grain || ' ' || cast(adoption.period_start as varchar) as place,
    logins.numerator as expected,
    adoption.numerator as found
from totals as adoption
inner join totals as logins
    on
        adoption.grain = logins.grain
        and adoption.period_start = logins.period_start
        and logins.metric_name = 'crm_login_rate'
where
    adoption.metric_name = 'crm_adoption_rate'
    and (
        adoption.numerator > logins.numerator
        or adoption.denominator <> logins.denominator
    )
union all
select
    totals.metric_name || ' of the month is not that of its weeks' as problem,
    cast(totals.period_start as varchar) as place,
    weeks_of_months.numerator as expected,
    totals.numerator as found
from totals
inner join weeks_of_months
    on
        totals.metric_name = weeks_of_months.metric_name
        and totals.period_start = weeks_of_months.period_start
where
    totals.grain = 'month'
    and (
        totals.numerator <> weeks_of_months.numerator
        or totals.denominator <> weeks_of_months.denominator
    )
union all
select
    'reasons are not those of all stale relationships' as problem,
    cast(totals.period_start as varchar) as place,
    totals.denominator - totals.numerator as expected,
    reasons.stale_count as found
from totals
left join reasons
    on totals.period_start = reasons.period_start
where
    totals.metric_name = 'relationship_freshness_rate'
    and totals.denominator - totals.numerator <> coalesce(reasons.stale_count, 0)
union all
select
    'mix and rate do not add up to the gap of ' || gaps.region as problem,
    cast(gaps.period_start as varchar) as place,
    gaps.value as expected,
    components.value as found
from gaps
left join components
    on
        gaps.period_start = components.period_start
        and gaps.region = components.region
where coalesce(abs(gaps.value - components.value), 1) > 1e-9
union all
select
    'gaps of all regions do not cancel out' as problem,
    cast(period_start as varchar) as place,
    0 as expected,
    value as found
from totals
where metric_name = 'region_gap_decomposition' and abs(value) > 1e-9
union all
select
    touch_sums.metric_name || ' does not count every touch once' as problem,
    'all' as place,
    touch_counts.touch_count as expected,
    touch_sums.denominator as found
from touch_sums
left join touch_counts
    on touch_sums.metric_name = touch_counts.metric_name
where
    touch_sums.denominator <> coalesce(touch_counts.touch_count, -1)
    or touch_sums.numerator <> coalesce(touch_counts.converted_count, -1)
