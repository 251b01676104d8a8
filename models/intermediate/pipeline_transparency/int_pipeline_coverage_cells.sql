-- Coverage of the quota ahead, and the coverage that is needed at the rate at which value was won.
with coverage as (
    select *
    from {{ ref('int_pipeline_coverage') }}
    where dimension <> 'rep' or {{ 'true' if var('rep_level_enabled') else 'false' }}
),

months as (
    select distinct month_start
    from {{ ref('dim_date') }}
    where has_happened
),

closed_months as (
    select
        {{ month_start('closed_on') }} as month_start,
        count(*) as closed_count,
        sum(case when is_won then net_amount end) as won_amount,
        sum(net_amount) as closed_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('fct_opportunity') }}
    where closed_on is not null
    group by {{ month_start('closed_on') }}
),

closed_years as (
    select
        months.month_start,
        coalesce(sum(closed_months.closed_count), 0) as closed_count,
        sum(closed_months.won_amount) as won_amount,
        sum(closed_months.closed_amount) as closed_amount,
        sum(closed_months.unconverted_amount) as unconverted_amount
    from months
    left join closed_months
        on
            months.month_start >= closed_months.month_start
            and closed_months.month_start > {{ date_plus_months('months.month_start', -12) }}
    group by months.month_start
),

cells as (
    select
        cast(null as varchar) as variant,
        month_start as period_start,
        dimension,
        slice as dimension_value,
        open_amount as numerator,
        remaining_quota_amount as denominator,
        cast(null as double) as value,
        deal_count as n,
        unconverted_amount,
        case
            when slice = '(unallocated)' or not has_quota or remaining_quota_amount <= 0
                then 'not_applicable'
        end as forced_status,
        case
            when slice = '(unallocated)' then 'quota of nobody in particular'
            when not has_quota then 'no quota'
            when remaining_quota_amount <= 0 then 'quota met'
        end as status_reason
    from coverage
    union all
    select
        cast(null as varchar) as variant,
        months.month_start as period_start,
        'total' as dimension,
        'total' as dimension_value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as value,
        0 as n,
        cast(null as double) as unconverted_amount,
        'no_data' as forced_status,
        'no quota' as status_reason
    from months
    left join coverage
        on
            months.month_start = coverage.month_start
            and coverage.dimension = 'total'
    where coverage.month_start is null
    union all
    select
        'required' as variant,
        month_start as period_start,
        'variant' as dimension,
        'required' as dimension_value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        case
            when closed_count < {{ parameter('min_mature_deals') }}
                then {{ parameter('coverage_fallback') }}
            else closed_amount / nullif(won_amount, 0)
        end as value,
        closed_count as n,
        case when closed_count >= {{ parameter('min_mature_deals') }} then unconverted_amount end
            as unconverted_amount,
        cast(null as varchar) as forced_status,
        case
            when closed_count < {{ parameter('min_mature_deals') }}
                then 'fewer than min_mature_deals closed deals'
        end as status_reason
    from closed_years
)

{{ select_cells(
    "(select 'pipeline_coverage_ratio' as metric_name, 'month' as grain, cells.* from cells)"
    ~ " as coverage_cells",
    ['metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
     'denominator', 'value', 'n', 'unconverted_amount', 'forced_status', 'status_reason']
) }}
