{#- Additive parts: the members of a partition sum to the total in numerator and denominator, the
    buckets of a whole to the total's numerator (or to its denominator, where the total is a coverage).
    Every bucket has the denominator of its whole, and the wholes within which buckets are add up too.
    Catches fan-out joins, members lost to NULL and slices cut by another date than the total. -#}
{% test kpi_slices_add_up(model, area) %}
with additive as (
    select metric_name
    from {{ ref('kpi_definition') }}
    where
        area = '{{ area }}'
        and aggregation in ({{ ratio_aggregations() }}, {{ additive_aggregations() }})
),

-- The members of a `… × variant` pair add up to that variant.
totals as (
    select
        kpi.metric_name,
        kpi.grain,
        kpi.period_start,
        kpi.dimension_value as whole,
        kpi.numerator,
        kpi.denominator
    from {{ model }} as kpi
    inner join additive
        on kpi.metric_name = additive.metric_name
    where
        kpi.dimension in ('total', 'variant')
        and kpi.value_status not in ('no_data', 'suppressed')
        and kpi.numerator is not null
        -- A KPI without a meaningful total has nothing to add up to.
        and coalesce(kpi.status_reason, '') not like 'see %'
),

sums as (
    select
        kpi.metric_name,
        kpi.grain,
        kpi.period_start,
        kpi.dimension,
        case when kpi.dimension like '% × variant' then split_part(kpi.dimension_value, ' × ', 2) else 'total' end
            as whole,
        dimensions.dimension_kind,
        sum(kpi.numerator) as numerator,
        sum(kpi.denominator) as denominator
    from {{ model }} as kpi
    inner join {{ ref('int_metric_dimension') }} as dimensions
        on
            kpi.metric_name = dimensions.metric_name
            and kpi.dimension = dimensions.dimension
    where dimensions.dimension_kind in ('partition', 'bucket', 'bucket within')
    group by
        kpi.metric_name,
        kpi.grain,
        kpi.period_start,
        kpi.dimension,
        case when kpi.dimension like '% × variant' then split_part(kpi.dimension_value, ' × ', 2) else 'total' end,
        dimensions.dimension_kind
    -- Where one slice is unknown or hidden, the others are not the whole.
    having count_if(kpi.value_status in ('no_data', 'suppressed')) = 0
),

wholes as (
    select
        kpi.metric_name,
        kpi.grain,
        kpi.period_start,
        kpi.dimension,
        case when dimensions.dimension_kind = 'bucket within' then split_part(kpi.dimension_value, ' × ', 1) end as slice,
        min(kpi.denominator) as least_denominator,
        max(kpi.denominator) as denominator,
        count_if(kpi.value_status in ('no_data', 'suppressed')) as hidden_count
    from {{ model }} as kpi
    inner join {{ ref('int_metric_dimension') }} as dimensions
        on
            kpi.metric_name = dimensions.metric_name
            and kpi.dimension = dimensions.dimension
    where dimensions.dimension_kind in ('bucket', 'bucket within')
    group by
        kpi.metric_name,
        kpi.grain,
        kpi.period_start,
        kpi.dimension,
        case when dimensions.dimension_kind = 'bucket within' then split_part(kpi.dimension_value, ' × ', 1) end
),

whole_sums as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        sum(least_denominator) as least_denominator,
        sum(denominator) as denominator
    from wholes
    group by metric_name, grain, period_start, dimension
    having sum(hidden_count) = 0
)

select
    sums.metric_name,
    sums.grain,
    sums.period_start,
    sums.dimension,
    sums.numerator,
    totals.numerator as total_numerator,
    sums.denominator,
    totals.denominator as total_denominator
from sums
inner join totals
    on
        sums.metric_name = totals.metric_name
        and sums.grain = totals.grain
        and sums.period_start = totals.period_start
        and sums.whole = totals.whole
where
    (
        abs(sums.numerator - totals.numerator) > 0.005 + 1e-9 * abs(totals.numerator)
        and not (
            sums.dimension_kind <> 'partition'
            and abs(sums.numerator - totals.denominator) <= 0.005 + 1e-9 * abs(totals.denominator)
        )
    )
    or (
        sums.dimension_kind = 'partition'
        and abs(sums.denominator - totals.denominator) > 0.005 + 1e-9 * abs(totals.denominator)
    )
union all
select
    whole_sums.metric_name,
    whole_sums.grain,
    whole_sums.period_start,
    whole_sums.dimension,
    cast(null as double) as numerator,
    totals.numerator as total_numerator,
    whole_sums.denominator,
    totals.denominator as total_denominator
from whole_sums
inner join totals
    on
        whole_sums.metric_name = totals.metric_name
        and whole_sums.grain = totals.grain
        and whole_sums.period_start = totals.period_start
        and totals.whole = 'total'
where
    abs(whole_sums.denominator - totals.denominator) > 0.005 + 1e-9 * abs(totals.denominator)
    or abs(whole_sums.least_denominator - totals.denominator) > 0.005 + 1e-9 * abs(totals.denominator)
    or (whole_sums.denominator is null) <> (totals.denominator is null)
{% endtest %}
