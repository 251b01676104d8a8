-- The rates of the way from the hand-over to the customer. Members whose window is still open are
-- left out; a period without any other is immature, not 0.
with periods as (
    select
        grain,
        period_start,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'quarter', 'r12m')
),

handovers as (
    select
        periods.grain,
        periods.period_start,
        facts.*
    from {{ ref('fct_lead_handover') }} as facts
    inner join periods
        on {{ month_start('facts.handed_over_on') }} = periods.month_start
),

mqls as (
    select
        periods.grain,
        periods.period_start,
        results.*
    from {{ ref('int_lead_result') }} as results
    inner join periods
        on {{ month_start('results.mql_on') }} = periods.month_start
),

sals as (
    select
        periods.grain,
        periods.period_start,
        results.*
    from {{ ref('int_lead_result') }} as results
    inner join periods
        on {{ month_start('results.sal_on') }} = periods.month_start
),

cells as (
    {{ kpi_cells('handovers', 'period_start', [
        {
            'metric': 'mql_acceptance_rate',
            'numerator': 'count_if(is_window_over and is_accepted_in_time)',
            'denominator': 'nullif(count_if(is_window_over), 0)',
            'n': 'count_if(is_window_over)',
            'note': {'label': 'window open', 'count': 'count_if(not is_window_over)'},
            'dimensions': ['source_system', 'lead_source', 'campaign', 'score_band', 'region',
                'team'],
        },
        {
            'metric': 'mql_acceptance_rate',
            'variant': 'decided_only',
            'numerator': "count_if(is_window_over and decision_in_time = 'accepted')",
            'denominator': "nullif(count_if(is_window_over"
                ~ " and decision_in_time in ('accepted', 'rejected')), 0)",
            'n': "count_if(is_window_over and decision_in_time in ('accepted', 'rejected'))",
        },
    ], grain_column='grain') }}
    union all
    {{ kpi_cells('sals', 'period_start', [
        {
            'metric': 'sal_to_sql_rate',
            'numerator': 'count_if(is_sal_mature and is_sal_sql_in_time)',
            'denominator': 'nullif(count_if(is_sal_mature), 0)',
            'n': 'count_if(is_sal_mature)',
            'note': {'label': 'window open', 'count': 'count_if(not is_sal_mature)'},
        },
    ], ['source_system', 'lead_source', 'campaign', 'score_band', 'region', 'team'],
    grain_column='grain') }}
    union all
    {{ kpi_cells('mqls', 'period_start', [
        {
            'metric': 'mql_to_sql_rate',
            'numerator': 'count_if(is_sql_mature and is_sql_in_time)',
            'denominator': 'nullif(count_if(is_sql_mature), 0)',
            'n': 'count_if(is_sql_mature)',
            'note': {'label': 'window open', 'count': 'count_if(not is_sql_mature)'},
            'dimensions': ['source_system', 'lead_source', 'score_band'],
        },
        {
            'metric': 'mql_to_win_rate',
            'numerator': 'count_if(is_win_mature and is_won_in_time)',
            'denominator': 'nullif(count_if(is_win_mature), 0)',
            'n': 'count_if(is_win_mature)',
            'note': {'label': 'window open', 'count': 'count_if(not is_win_mature)'},
            'dimensions': ['source_system', 'lead_source', 'campaign', 'score_band'],
        },
    ], grain_column='grain') }}
)

{{ relabelled_cells('cells', {
    'numerator': "case when denominator is not null then numerator end",
    'forced_status': "case when denominator is null then 'immature' end",
    'status_reason': "case when denominator is null then 'no window is over' end",
}) }}
