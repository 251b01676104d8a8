-- The share of a customer type among those who accepted over its share among those reached.
with people as (
    select *
    from {{ ref('fct_campaign_person') }}
    where is_delivered and has_offer
),

events as (
    select
        coalesce(customer_type, '(unknown)') as customer_type,
        {{ month_start('accepted_on') }} as month_start,
        1 as accepted_count,
        0 as delivered_count
    from people
    where has_accepted
    union all
    select
        coalesce(customer_type, '(unknown)') as customer_type,
        {{ month_start('enrolled_on') }} as month_start,
        0 as accepted_count,
        1 as delivered_count
    from people
),

types as (
    select
        grains.grain,
        periods.period_start,
        events.customer_type,
        sum(events.accepted_count) as accepted_count,
        sum(events.delivered_count) as delivered_count
    from events
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and events.month_start = periods.base_start
    inner join {{ ref('int_metric_grain') }} as grains
        on
            periods.grain = grains.grain
            and grains.metric_name = 'new_vs_loyal_response_mix'
    group by grains.grain, periods.period_start, events.customer_type
),

shares as (
    select
        *,
        accepted_count / nullif(
            cast(sum(accepted_count) over (partition by grain, period_start) as double), 0
        ) as accepted_share,
        delivered_count / nullif(
            cast(sum(delivered_count) over (partition by grain, period_start) as double), 0
        ) as delivered_share
    from types
),

indexed as (
    select
        'new_vs_loyal_response_mix' as metric_name,
        'index' as variant,
        grain,
        period_start,
        customer_type,
        accepted_share / nullif(delivered_share, 0) as value,
        accepted_count as n
    from shares
),

-- The total of this KPI is the share of new ones, so that of its index is theirs.
cells as (
    select
        *,
        'customer_type × variant' as dimension,
        customer_type || ' × index' as dimension_value
    from indexed
    union all
    select
        *,
        'variant' as dimension,
        'index' as dimension_value
    from indexed
    where customer_type = 'new'
)

{{ select_cells('cells', [
    'metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
]) }}
