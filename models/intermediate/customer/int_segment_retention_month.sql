-- Monthly retention of a segment over the last twelve months whose churn can no longer be undone.
-- No churn at all is no proof of eternity: the upper Wilson bound stands in (card
-- customer_lifetime_value_net).
with months as (
    select
        month_start,
        max(date_day) as last_day,
        extract(year from month_start) * 12 + extract(month from month_start) as month_no
    from {{ ref('dim_date') }}
    -- Customers older than the reporting window are those that had stayed until then.
    where
        has_happened
        and month_start >= (
            select reporting.first_month from {{ ref('meta_reporting') }} as reporting
        )
    group by month_start
),

-- Churn dated by silence is final at once, so only contracts have to wait for the grace period.
mature_months as (
    select max(month_no) as last_month_no
    from months
    where
        {{ date_plus_months('month_start', 1) }} <= {{ as_of_date() }}
        and (
            {{ days_between('last_day', as_of_date()) }} >= {{ parameter('grace_days') }}
            or coalesce((
                select max(spells.spell_basis) from {{ ref('int_customer_spell') }} as spells
            ), '') <> 'contract_line'
        )
),

customer_months as (
    select
        customers.month_start,
        coalesce(attributes.segment, '(unknown)') as segment,
        customers.lost_from_base_count
    from {{ ref('int_customer_month') }} as customers
    inner join {{ ref('int_customer_attribute_month') }} as attributes
        on
            customers.account_id = attributes.account_id
            and customers.month_start = attributes.month_start
    where customers.is_active_at_start
),

counts as (
    select
        case when grouping(segment) = 0 then segment end as segment,
        month_start,
        count(*) as base_count,
        sum(lost_from_base_count) as lost_count
    from customer_months
    group by grouping sets ((segment, month_start), (month_start))
),

numbered_counts as (
    select
        counts.segment,
        months.month_no,
        counts.base_count,
        counts.lost_count
    from counts
    inner join months
        on counts.month_start = months.month_start
),

segments as (
    select distinct segment
    from counts
),

windows as (
    select
        segments.segment,
        months.month_start,
        sum(numbered_counts.base_count) as base_count,
        sum(numbered_counts.lost_count) as lost_count
    from months
    cross join mature_months
    cross join segments
    inner join numbered_counts
        on
            segments.segment is not distinct from numbered_counts.segment
            and numbered_counts.month_no
            between least(months.month_no, mature_months.last_month_no) - 11
            and least(months.month_no, mature_months.last_month_no)
    group by segments.segment, months.month_start
)

select
    segment,
    month_start,
    cast(base_count as bigint) as base_count,
    cast(lost_count as bigint) as lost_count,
    1.0 - case
        when lost_count = 0 then {{ wilson('0.0', 'base_count', 'high') }}
        else lost_count / nullif(cast(base_count as double), 0)
    end as monthly_retention_rate
from windows
