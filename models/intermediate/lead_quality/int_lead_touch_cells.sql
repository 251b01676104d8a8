-- How soon a handed-over lead was touched, by the wall clock and by that of the business;
-- untouched ones count for as long as they waited.
with handovers as (
    select *
    from {{ ref('fct_lead_handover') }}
    where handover_no = 1
),

periods as (
    select
        grain,
        period_start,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'quarter', 'r12m')
),

-- An hour that has not passed yet says nothing about who was untouched in it.
shares as (
    select
        periods.grain,
        periods.period_start,
        handovers.is_touched,
        handovers.touch_hours,
        {%- for hours in [1, 24] %}
        {{ plus_seconds('handovers.handed_over_at', hours * 3600) }} <= {{ as_of_timestamp() }}
            as is_{{ hours }}h_over,
        {%- endfor %}
        handovers.lead_id
    from handovers
    inner join periods
        on {{ month_start('handovers.handed_over_on') }} = periods.month_start
)

{{ kpi_survival_cells(
    'lead_first_touch_hours', 'handovers', 'handed_over_on', 'touch_hours', 'is_touched',
    ['lead_source', 'rep', 'weekday', 'hour']
) }}
union all
{{ kpi_survival_cells(
    'lead_first_touch_hours', 'handovers', 'handed_over_on', 'touch_business_hours',
    'is_touched', quantiles={'business': 0.5}
) }}
union all
{{ kpi_cells('shares', 'period_start', [
    {
        'metric': 'lead_first_touch_hours',
        'variant': 'share_1h',
        'numerator': 'count_if(is_1h_over and is_touched and touch_hours <= 1)',
        'denominator': 'count_if(is_1h_over)',
        'n': 'count_if(is_1h_over)',
    },
    {
        'metric': 'lead_first_touch_hours',
        'variant': 'share_24h',
        'numerator': 'count_if(is_24h_over and is_touched and touch_hours <= 24)',
        'denominator': 'count_if(is_24h_over)',
        'n': 'count_if(is_24h_over)',
    },
], grain_column='grain') }}
