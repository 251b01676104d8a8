-- Everything that is counted over the deals open at a month end. What a month cannot know is
-- no_data, not 0.
{%- set by_place = ['rep', 'region', 'stage', 'pipeline', 'age_band', 'close_month'] %}
{%- set unknown = 'no history of ' %}
with snapshots as (
    select * from {{ ref('fct_opportunity_month') }}
),

centred_deals as (
    select *
    from snapshots
    where needs_buying_center
),

conditions as (
    {%- for condition in ['activity', 'next_step', 'core_fields', 'contact'] %}
    select
        month_start,
        '{{ condition }}' as condition,
        has_{{ condition }} as is_met
    from snapshots
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

stale_reasons as (
    {%- for reason in ['idle', 'overdue_close'] %}
    select
        month_start,
        '{{ reason }}' as reason,
        is_{{ reason }} as is_met
    from snapshots
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

cells as (
    {{ kpi_cells('snapshots', 'month_start', [
        {
            'metric': 'pipeline_visibility_rate',
            'numerator': 'count_if(is_visible)',
            'denominator': 'count(*)',
            'reason': "case when count(has_next_step) < count(*) then '" ~ unknown
                ~ "next_step' when count(has_contact) < count(*) then '" ~ unknown
                ~ "contact_count' end",
            'dimensions': ['rep', 'team', 'region', 'stage', 'segment'],
        },
        {
            'metric': 'activity_coverage_rate',
            'numerator': 'count_if(has_recent_activity)',
            'denominator': 'count(*)',
            'dimensions': ['rep', 'region', 'stage', 'customer_type'],
        },
        {
            'metric': 'next_step_coverage_rate',
            'numerator': "count_if(next_step_status = 'covered')",
            'denominator': 'count(*)',
            'reason': "case when count(next_step_status) < count(*) then '" ~ unknown
                ~ "next_step_due_date' end",
            'dimensions': ['rep', 'stage'],
        },
        {
            'metric': 'open_pipeline_net_amount',
            'numerator': 'coalesce(sum(net_amount), 0)',
            'unconverted': 'sum(unconverted_amount)',
            'note': {
                'label': 'n_missing_amount', 'count': 'count_if(document_net_amount is null)'
            },
            'dimensions': by_place,
        },
        {
            'metric': 'weighted_pipeline_net_amount',
            'numerator': 'coalesce(sum(weighted_net_amount), 0)',
            'unconverted': 'sum(unconverted_amount)',
            'reason': "case when count(win_probability) < count(*) then '" ~ unknown
                ~ "stage_id or no probability' when count_if(probability_basis = 'default') > 0"
                ~ " then 'default probability for ' || cast("
                ~ "count_if(probability_basis = 'default') as varchar) end",
            'note': {
                'label': 'n_missing_amount', 'count': 'count_if(document_net_amount is null)'
            },
            'dimensions': by_place,
        },
        {
            'metric': 'weighted_pipeline_net_amount',
            'variant': 'crm_probability',
            'numerator': 'coalesce(sum(crm_weighted_net_amount), 0)',
            'unconverted': 'sum(unconverted_amount)',
            'reason': "case when count_if(is_probability_known) < count(*) then '" ~ unknown
                ~ "probability' end",
            'note': {'label': 'n_missing_probability',
                'count': 'count_if(crm_probability is null)'},
        },
        {
            'metric': 'stale_opportunity_rate',
            'numerator': 'count_if(is_stale)',
            'denominator': 'count(*)',
            'dimensions': ['rep', 'stage', 'region'],
        },
    ]) }}
    union all
    {{ kpi_cells('centred_deals', 'month_start', [
        {
            'metric': 'buying_center_coverage_rate',
            'numerator': 'count_if(has_buying_center)',
            'denominator': 'count(*)',
            'reason': "case when count(has_buying_center) < count(*) then '" ~ unknown
                ~ "contact_count' end",
            'dimensions': ['rep', 'segment', 'stage'],
        },
    ]) }}
    union all
    select *
    from (
        {{ kpi_cells('conditions', 'month_start', [
            {
                'metric': 'pipeline_visibility_rate',
                'numerator': 'count_if(is_met)',
                'denominator': 'count(*)',
                'reason': "case when count(is_met) < count(*) then '" ~ unknown
                    ~ "' || max(condition) end",
            },
        ], ['condition']) }}
        union all
        {{ kpi_cells('snapshots', 'month_start', [
            {
                'metric': 'next_step_coverage_rate',
                'numerator': 'count(*)',
                'denominator': 'count(*)',
                'reason': "case when count(next_step_status) < count(*) then '" ~ unknown
                    ~ "next_step_due_date' end",
            },
        ], ['next_step_status']) }}
        union all
        {{ kpi_cells('stale_reasons', 'month_start', [
            {
                'metric': 'stale_opportunity_rate',
                'numerator': 'count_if(is_met)',
                'denominator': 'count(*)',
            },
        ], ['reason']) }}
    ) as parts
    where dimension <> 'total'
)

{{ relabelled_cells('cells', {
    'forced_status': "case"
        ~ " when status_reason like '" ~ unknown ~ "%' then 'no_data'"
        ~ " when status_reason like 'default probability%' then 'low_n'"
        ~ " else forced_status end",
}) }}
