-- Everything that is counted over customer months, in one scan.
with customers as (
    select * from {{ ref('fct_customer_month') }}
),

cells as (
    {{ kpi_cells('customers', 'month_start', [
        {
            'metric': 'saas_quick_ratio',
            'numerator': 'sum(new_mrr_amount + expansion_mrr_amount + reactivation_mrr_amount)',
            'denominator': 'sum(churn_mrr_amount + contraction_mrr_amount)',
            'n': 'count_if(new_mrr_amount + expansion_mrr_amount + reactivation_mrr_amount'
                ~ ' + churn_mrr_amount + contraction_mrr_amount > 0)',
            'complete_on': 'max(confirmed_on)',
            'unconverted': 'sum(unconverted_mrr_amount)',
            'dimensions': ['segment'],
        },
        {
            'metric': 'journey_stage_churn_hazard',
            'numerator': 'sum(lost_from_base_count)',
            'denominator': 'count_if(is_active_at_start)',
            'n': 'count_if(is_active_at_start)',
            'complete_on': 'max(case when is_active_at_start then confirmed_on end)',
            'dimensions': ['journey_stage', 'segment × journey_stage'],
        },
        {
            'metric': 'let_go_candidate_flag',
            'numerator': 'count_if(is_let_go_candidate)',
            'denominator': 'count_if(is_active_at_end)',
            'n': 'count_if(is_active_at_end)',
            'note': {'label': 'unknown', 'count': "count_if(let_go_stage = 'unknown')"},
            'dimensions': ['segment', 'region', 'rep'],
        },
        {
            'metric': 'inactive_customer_rate',
            'numerator': 'count_if(coalesce(is_inactive, false))',
            'denominator': 'count(is_inactive)',
            'n': 'count_if(is_active_at_end)',
            'reason': "'signals: ' || max(case when is_active_at_end then inactivity_signals end)",
            'dimensions': ['segment', 'region', 'rep'],
        },
    ]) }}
),

-- What a month cannot know is no_data, not 0.
knowledge as (
    select
        month_start,
        bool_or(is_active_at_end and cm2_r12_amount is not null) as has_cm2_r12,
        bool_or(is_inactive is not null) as has_signals
    from customers
    group by month_start
),

known_cells as (
    select
        cells.*,
        knowledge.has_cm2_r12,
        knowledge.has_signals
    from cells
    inner join knowledge
        on cells.period_start = knowledge.month_start
    where cells.n > 0 or cells.dimension = 'total'
),

judged_cells as (
    {{ relabelled_cells('known_cells', {
        'forced_status': "case"
            ~ " when metric_name = 'let_go_candidate_flag' and not has_cm2_r12 then 'no_data'"
            ~ " when metric_name = 'inactive_customer_rate' and not has_signals then 'no_data'"
            ~ " end",
        'status_reason': "case"
            ~ " when metric_name = 'let_go_candidate_flag' and not has_cm2_r12"
            ~ " then 'CM2 of the last year unknown'"
            ~ " when metric_name = 'inactive_customer_rate' and not has_signals"
            ~ " then 'no signal source covers the window'"
            ~ " else status_reason end",
    }) }}
)

{{ observable_churn_cells('judged_cells', ['journey_stage_churn_hazard']) }}
