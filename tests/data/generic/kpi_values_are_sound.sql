{#- Row by row: a ratio re-divides, a status without a value has none and the others have one, the
    value lies in its possible range and between the bounds of its interval, Wilson's bounds lie
    1.96 of their own standard errors away from it, nothing is NaN or infinite,
    every slice has a name, no note counts nothing, and a period ends on or after its start. -#}
{% test kpi_values_are_sound(model, area) %}
with readings as (
    select
        metric_name,
        cast(null as varchar) as variant,
        aggregation,
        interval,
        value_min,
        value_max
    from {{ ref('kpi_definition') }}
    where area = '{{ area }}'
    union all
    select
        metric_name,
        variant,
        aggregation,
        interval,
        value_min,
        value_max
    from {{ ref('kpi_variant') }}
),

judged as (
    select
        kpi.metric_name,
        kpi.grain,
        kpi.period_start,
        kpi.dimension,
        kpi.dimension_value,
        kpi.numerator,
        kpi.denominator,
        kpi.value,
        kpi.value_status,
        kpi.status_reason,
        case
            when
                readings.aggregation in ({{ ratio_aggregations() }})
                and kpi.value is not null
                and not coalesce(abs(
                    kpi.value
                    - kpi.numerator / nullif(kpi.denominator, 0) * case when kpi.unit = 'points' then 100 else 1 end
                ) <= 1e-9 * greatest(1, abs(kpi.value)), false)
                -- A post-stratified total has no parts.
                and not (kpi.numerator is null and kpi.denominator is null)
                then 'does not re-divide'
            when kpi.value_status in ('no_data', 'suppressed', 'not_applicable') and kpi.value is not null
                then 'a value where there is none'
            when
                kpi.value_status in ('ok', 'low_n') and kpi.value is null
                -- Its card wants no value rather than a small number (G1).
                and not (kpi.metric_name = 'premium_readiness_flag' and kpi.value_status = 'low_n')
                then 'no value although ok'
            when kpi.value < readings.value_min - 1e-9 or kpi.value > readings.value_max + 1e-9
                then 'outside its possible range'
            when kpi.status_reason like '%=0' then 'a note that counts nothing'
            when kpi.dimension is null or kpi.dimension_value is null then 'a slice without a name'
            when kpi.value in (cast('infinity' as double), cast('-infinity' as double), cast('nan' as double))
                then 'not a number'
            when kpi.ci_low > kpi.value + 1e-9 or kpi.ci_high < kpi.value - 1e-9 then 'outside its interval'
            when
                readings.interval = 'wilson'
                and kpi.denominator > 0
                -- Seven comparisons at once take another quantile.
                and kpi.metric_name <> 'conversion_by_weekday'
                and greatest(
                    abs(
                        power(kpi.numerator / kpi.denominator - kpi.ci_low, 2) * kpi.denominator
                        - power({{ z_95() }}, 2) * kpi.ci_low * (1 - kpi.ci_low)
                    ),
                    abs(
                        power(kpi.numerator / kpi.denominator - kpi.ci_high, 2) * kpi.denominator
                        - power({{ z_95() }}, 2) * kpi.ci_high * (1 - kpi.ci_high)
                    )
                ) > 1e-6
                then 'not the Wilson interval'
            when kpi.period_end < kpi.period_start then 'period ends before it starts'
            when kpi.period_end <= kpi.as_of and kpi.status_reason like '%period open%' then 'closed period called open'
            when kpi.period_end > kpi.as_of and kpi.value_status in ('ok', 'low_n') then 'open period called final'
        end as problem
    from {{ model }} as kpi
    left join readings
        on
            kpi.metric_name = readings.metric_name
            and (
                (readings.variant is null and kpi.dimension not like '%variant')
                or readings.variant = kpi.dimension_value
            )
)

select *
from judged
where problem is not null
{% endtest %}
