-- Counted over lost customers. The total of the reasons is their coverage, a slice the share of
-- one.
with lost_spells as (
    select * from {{ ref('fct_customer_spell') }}
    where has_churned
),

cells as (
    {{ kpi_cells('lost_spells', 'churn_date', [
        {
            'metric': 'good_churn_share',
            'numerator': 'count_if(was_let_go_candidate)',
            'denominator': 'count(*)',
            'complete_on': 'max(confirmed_on)',
            'dimensions': ['segment'],
        },
        {
            'metric': 'churn_reason_share',
            'numerator': 'count(reason)',
            'denominator': 'count(*)',
            'complete_on': 'max(confirmed_on)',
        },
        {
            'metric': 'churn_reason_share',
            'variant': 'mrr_weighted',
            'numerator': 'sum(case when reason is not null then lost_mrr_amount else 0.0 end)',
            'denominator': 'sum(lost_mrr_amount)',
            'complete_on': 'max(confirmed_on)',
            'unconverted': 'sum(unconverted_mrr_amount)',
        },
    ]) }}
),

slices as (
    {{ kpi_cells('lost_spells', 'churn_date', [
        {
            'metric': 'churn_reason_share',
            'numerator': 'count(*)',
            'denominator': 'count(*)',
            'complete_on': 'max(confirmed_on)',
            'dimensions': ['reason', 'competitor', 'tenure_band × reason'],
        },
        {
            'metric': 'churn_reason_share',
            'variant': 'mrr_weighted',
            'numerator': 'sum(lost_mrr_amount)',
            'denominator': 'sum(lost_mrr_amount)',
            'complete_on': 'max(confirmed_on)',
            'dimensions': ['reason × variant'],
        },
    ]) }}
),

-- Without the CM2 of the year before nobody could be flagged, so "none was" would be no finding.
knowledge as (
    select
        month_start,
        count(opening_cm2_r12_amount) > 0 as has_cm2_r12
    from {{ ref('fct_customer_month') }}
    where is_active_at_start
    group by month_start
),

all_cells as (
    select * from cells
    union all
    select * from slices
    where dimension not in ('total', 'variant')
),

known_cells as (
    select
        all_cells.*,
        all_cells.metric_name = 'good_churn_share' and not coalesce(knowledge.has_cm2_r12, false)
            as is_unknown
    from all_cells
    left join knowledge
        on all_cells.period_start = knowledge.month_start
),

judged_cells as (
    {{ relabelled_cells('known_cells', {
        'forced_status': "case when is_unknown then 'no_data' end",
        'status_reason': "case when is_unknown then 'CM2 of the year before unknown'"
            ~ " else status_reason end",
    }) }}
)

{{ observable_churn_cells('judged_cells') }}
