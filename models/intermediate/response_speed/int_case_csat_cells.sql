-- Whether customers are happier with the service than before: share of the satisfied against the
-- baseline the company fixed.
with ratings as (
    select
        periods.grain,
        periods.period_start,
        feedback.case_team as team,
        feedback.case_type,
        feedback.is_satisfied
    from {{ ref('fct_feedback') }} as feedback
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.grain in ('quarter', 'r12m')
            and {{ month_start('feedback.responded_on') }} = periods.base_start
    where feedback.is_csat_answer and feedback.subject = 'service'
),

cells as (
    {{ kpi_cells('ratings', 'period_start', [
        {
            'metric': 'case_csat_delta',
            'numerator': 'count_if(is_satisfied)',
            'denominator': 'count(*)',
        },
    ], ['team', 'case_type'], grain_column='grain') | indent(4) }}
),

periods as (
    select distinct
        grain,
        period_start,
        period_end
    from {{ ref('int_period') }}
    where grain in ('quarter', 'r12m')
),

baselines as (
    select
        periods.grain,
        periods.period_start,
        cast(targets.baseline_value as double) as baseline_value
    from periods
    inner join {{ ref('crm_kpi_target') }} as targets
        on
            periods.period_end >= targets.period_start
            and periods.period_end <= targets.period_end
    where
        targets.metric_name = 'csat_score'
        and targets.dim_name = 'subject'
        and targets.dim_value = 'service'
        and targets.baseline_value is not null
    qualify
        row_number() over (
            partition by periods.grain, periods.period_start
            order by
                {{ days_between('targets.period_start', 'targets.period_end') }} asc,
                targets.kpi_target_id asc
        ) = 1
),

compared as (
    select
        cells.*,
        baselines.baseline_value
    from cells
    left join baselines
        on
            cells.grain = baselines.grain
            and cells.period_start = baselines.period_start
)

{{ relabelled_cells('compared', {
    'value': '100 * (numerator / nullif(denominator, 0) - baseline_value)',
    'ci_low': '100 * (' ~ wilson('numerator', 'denominator', 'low') ~ ' - baseline_value)',
    'ci_high': '100 * (' ~ wilson('numerator', 'denominator', 'high') ~ ' - baseline_value)',
    'forced_status': "case when baseline_value is null then 'no_data' end",
    'status_reason': "case when baseline_value is null then 'no baseline of csat_score, subject service'"
        ~ " else 'baseline=' || cast(round(100 * baseline_value, 1) as varchar) end",
}) }}
