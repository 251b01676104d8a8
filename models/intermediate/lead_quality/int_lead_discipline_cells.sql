-- Whether leads that met a rule of deactivation were closed in time, of those whose time is over.
with periods as (
    select
        grain,
        period_start,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'quarter', 'r12m')
),

rules as (
    select
        periods.grain,
        periods.period_start,
        met.*
    from {{ ref('int_lead_rule') }} as met
    inner join periods
        on {{ month_start('met.met_on') }} = periods.month_start
),

rule_cells as (
    {{ kpi_cells('rules', 'period_start', [
        {
            'metric': 'lead_deactivation_discipline_rate',
            'numerator': 'count_if(is_due and is_closed_in_time)',
            'denominator': 'nullif(count_if(is_due), 0)',
            'n': 'count_if(is_due)',
            'note': {'label': 'window open', 'count': 'count_if(not is_due)'},
        },
    ], ['lead_source', 'rep', 'rule'], grain_column='grain') }}
)

{{ relabelled_cells('rule_cells', {
    'numerator': "case when denominator is not null then numerator end",
    'forced_status': "case when denominator is null then 'immature' end",
    'status_reason': "case when denominator is null then 'no window is over' end",
}) }}
