-- What the CRM knows of its customers and records, who does what they have to do in it, and what
-- comes of looking at its figures.
with records as (
    select
        *,
        {{ as_of_date() }} as observed_on
    from {{ ref('int_duplicate_record') }}
),

required_values as (
    select
        *,
        {{ as_of_date() }} as observed_on
    from {{ ref('int_required_value') }}
),

current_only_metrics as (
    {%- for metric, fields in [
        ('duplicate_rate', 'duplicates'),
        ('crm_data_completeness_rate', 'the fields'),
    ] %}
    select
        '{{ metric }}' as metric_name,
        'no history of {{ fields }}' as reason
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Of the months before, the values are gone; only that is known.
past_months as (
    select distinct
        metrics.metric_name,
        'month' as grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        metrics.reason as status_reason
    from {{ ref('int_period') }} as periods
    cross join current_only_metrics as metrics
    where
        periods.grain = 'month'
        and periods.period_start < {{ month_start(as_of_date()) }}
)

{{ kpi_cells('records', 'observed_on', [
    {
        'metric': 'duplicate_rate',
        'numerator': 'count_if(is_duplicate)',
        'denominator': 'count(*)',
        'dimensions': ['object_type', 'region'],
    },
]) }}
union all
{{ kpi_cells('required_values', 'observed_on', [
    {
        'metric': 'crm_data_completeness_rate',
        'numerator': 'count_if(is_filled)',
        'denominator': 'count(*)',
        'dimensions': ['object_type', 'field', 'rep', 'region'],
    },
]) }}
union all
{{ kpi_cells(ref('int_core_task'), 'month_start', [
    {
        'metric': 'crm_process_adoption_rate',
        'numerator': 'count_if(is_done)',
        'denominator': 'count(*)',
        'dimensions': ['department', 'task'],
    },
]) }}
union all
{{ kpi_cells(ref('int_review_action'), 'reviewed_on', [
    {
        'metric': 'insight_to_action_count',
        'numerator': 'count(action_kind)',
        'complete_on': 'max(case when action_kind is null then open_until end)',
        'note': {'label': 'reviews', 'count': 'count(*)'},
        'dimensions': ['department', 'kpi', 'customer_type'],
    },
]) }}
union all
{{ select_cells('past_months', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
