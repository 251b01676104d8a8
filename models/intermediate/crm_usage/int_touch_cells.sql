-- Rates of a period by weekday, hour, region and channel. Many slices side by side need wider
-- intervals: Bonferroni for seven weekdays, for 24 hours, and the seven also for regions and
-- channels. An outlier differs from the others: their rate lies outside its interval, 0 outside
-- that of the difference, and its mix of channels does not explain it.
{%- set z_values = {'weekday': 2.69, 'hour': 3.08, 'region': 2.69, 'channel': 2.69} %}
with period_touches as (
    select
        grains.grain,
        periods.period_start,
        touches.*,
        avg(case when touches.has_converted then 1.0 else 0.0 end) over (
            partition by grains.grain, periods.period_start, touches.channel
        ) as expected_rate
    from {{ ref('int_touch') }} as touches
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and {{ month_start('touches.touched_on') }} = periods.base_start
    inner join {{ ref('int_metric_grain') }} as grains
        on
            periods.grain = grains.grain
            and grains.metric_name = 'conversion_by_weekday'
),

all_cells as (
    {{ kpi_cells('period_touches', 'period_start', [
        {
            'metric': 'conversion_by_weekday',
            'numerator': 'count_if(has_converted)',
            'denominator': 'count(*)',
            'complete_on': 'max(mature_on)',
        },
        {
            'metric': 'expected conversions',
            'numerator': 'sum(expected_rate)',
        },
    ], ['weekday', 'hour', 'region', 'channel'], grain_column='grain') }}
),

with_totals as (
    select
        cells.*,
        expected.numerator as expected_count,
        max(case when cells.dimension = 'total' then cells.numerator end) over whole
            as total_numerator,
        max(case when cells.dimension = 'total' then cells.denominator end) over whole
            as total_denominator
    from all_cells as cells
    inner join all_cells as expected
        on
            cells.grain = expected.grain
            and cells.period_start = expected.period_start
            and cells.dimension = expected.dimension
            and cells.dimension_value = expected.dimension_value
            and expected.metric_name = 'expected conversions'
    where cells.metric_name = 'conversion_by_weekday'
    window whole as (partition by cells.grain, cells.period_start)
),

bounded as (
    select
        *,
        (total_numerator - numerator) / nullif(total_denominator - denominator, 0) as other_rate,
        -- What the others would convert with this slice's mix of channels.
        (total_numerator - numerator) / nullif(total_denominator - denominator, 0)
        + expected_count / nullif(denominator, 0)
        - (total_numerator - expected_count) / nullif(total_denominator - denominator, 0)
            as adjusted_other_rate,
        case dimension
            {%- for dimension, z in z_values.items() %}
            when '{{ dimension }}'
                then
                    {{ newcombe(
                        'numerator', 'denominator', '(total_numerator - numerator)',
                        '(total_denominator - denominator)', 'low', z
                    ) }} > 0
                    or {{ newcombe(
                        'numerator', 'denominator', '(total_numerator - numerator)',
                        '(total_denominator - denominator)', 'high', z
                    ) }} < 0
            {%- endfor %}
        end as is_different,
        case dimension
            {%- for dimension, z in z_values.items() %}
            when '{{ dimension }}' then {{ wilson('numerator', 'denominator', 'low', z) }}
            {%- endfor %}
        end as bound_low,
        case dimension
            {%- for dimension, z in z_values.items() %}
            when '{{ dimension }}' then {{ wilson('numerator', 'denominator', 'high', z) }}
            {%- endfor %}
        end as bound_high
    from with_totals
),

judged as (
    select
        *,
        case
            when
                not coalesce(is_different, false)
                or (other_rate >= bound_low and other_rate <= bound_high)
                then cast(null as varchar)
            when
                dimension = 'channel'
                or adjusted_other_rate < bound_low or adjusted_other_rate > bound_high
                then 'outlier'
            else 'outlier by mix of channels only'
        end as outlier_reason
    from bounded
)

{{ relabelled_cells('judged', {
    'ci_low': 'case when bound_low is not null then greatest(bound_low, 0) end',
    'ci_high': 'case when bound_high is not null then least(bound_high, 1) end',
    'status_reason': 'outlier_reason',
}) }}
