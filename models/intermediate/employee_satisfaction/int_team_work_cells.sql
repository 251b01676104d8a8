{%- set items = ['contacts', 'decision_maker', 'next_step', 'note', 'contract_or_competitor'] -%}
-- How teams work together, how much lies on them and how well they know their customers.
with items_known as (
    select
        *,
        {% for item in items -%}
        case when has_{{ item }} then 1 else 0 end{{ ' + ' if not loop.last }}
        {%- endfor %} as item_count
    from {{ ref('int_account_insight') }}
),

conditions as (
    {%- for item in items %}
    select
        month_start,
        '{{ item }}' as condition,
        has_{{ item }} as is_met
    from items_known
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

condition_cells as (
    {{ kpi_cells('conditions', 'month_start', [
        {
            'metric': 'account_insight_depth',
            'numerator': 'sum(case when is_met then 1 else 0 end)',
            'denominator': 'count(*)',
            'dimensions': ['condition'],
        },
    ]) }}
),

workload as (
    select * from {{ ref('int_workload') }}
),

workload_cells as (
    {{ kpi_cells('workload', 'month_start', [
        {
            'metric': 'workload_per_employee',
            'numerator': "sum(case when object_type <> 'user' then item_count else 0 end)",
            'denominator': "sum(case when object_type = 'user' then item_count else 0 end)",
            'n': "sum(case when object_type = 'user' then item_count else 0 end)",
            'dimensions': ['team', 'object_type'],
        },
    ]) }}
),

-- Items earlier than today are not known: no row for those months may look like an empty one.
unknown_months as (
    select distinct
        'account_insight_depth' as metric_name,
        periods.grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        'no history of contacts and next steps' as status_reason
    from {{ ref('int_period') }} as periods
    where periods.grain = 'month' and periods.period_start < {{ month_start(as_of_date()) }}
)

{{ kpi_cells(ref('int_collaboration'), 'completed_on', [
    {
        'metric': 'collaboration_rate',
        'numerator': 'count_if(is_collaboration)',
        'denominator': 'count(*)',
        'dimensions': ['object_type', 'team', 'department', 'region'],
    },
]) }}
union all
{{ kpi_cells('items_known', 'month_start', [
    {
        'metric': 'account_insight_depth',
        'numerator': 'sum(item_count)',
        'denominator': 'count(*)',
        'dimensions': ['team', 'segment'],
    },
]) }}
union all
{{ relabelled_cells('condition_cells', {}) }}
where dimension <> 'total'
union all
{{ relabelled_cells('workload_cells', {}) }}
where dimension_value <> 'user'
union all
{{ select_cells('unknown_months', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
