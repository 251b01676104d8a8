with customers as (
    select
        month_start,
        account_id,
        region,
        segment,
        department,
        rep,
        has_active_owner,
        has_valid_contact,
        has_recent_interaction,
        is_verified,
        failed_condition_count,
        is_fresh,
        stale_reason as reason
    from {{ ref('fct_customer_month') }}
    where is_active_at_end
),

-- A month in which nobody can be judged is none in which nobody is fresh.
judged_customers as (
    select
        *,
        nullif(concat_ws(
            ', ',
            case when has_active_owner is null then 'owner' end,
            case when has_recent_interaction is null then 'interaction' end,
            case when has_valid_contact is null then 'contact' end,
            case when is_verified is null then 'verified' end
        ), '') as missing_conditions
    from customers
    where is_fresh is not null
),

stale_customers as (
    select * from judged_customers
    where not is_fresh
),

conditions as (
    {%- for condition, flag in [
        ('owner', 'has_active_owner'), ('interaction', 'has_recent_interaction'),
        ('contact', 'has_valid_contact'), ('verified', 'is_verified'),
    ] %}
    select
        month_start,
        '{{ condition }}' as condition,
        {{ flag }} as is_met
    from customers
    where {{ flag }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{%- set missing = "'without: ' || max(missing_conditions)" %}

relationship_cells as (
    {{ kpi_cells('judged_customers', 'month_start', [
        {
            'metric': 'relationship_freshness_rate',
            'numerator': 'count_if(is_fresh)',
            'denominator': 'count(*)',
            'reason': missing,
            'dimensions': ['rep', 'department', 'region', 'segment'],
        },
    ]) }}
    union all
    {{ kpi_cells('stale_customers', 'month_start', [
        {
            'metric': 'stale_relationship_reason_share',
            'numerator': 'count_if(failed_condition_count >= 2)',
            'denominator': 'count(*)',
            'reason': missing,
        },
    ]) }}
),

reason_cells as (
    {{ kpi_cells('stale_customers', 'month_start', [
        {
            'metric': 'stale_relationship_reason_share',
            'numerator': 'count(*)',
            'denominator': 'count(*)',
            'reason': missing,
            'dimensions': ['reason', 'region × reason', 'rep × reason'],
        },
    ]) }}
),

condition_cells as (
    {{ kpi_cells('conditions', 'month_start', [
        {
            'metric': 'relationship_freshness_rate',
            'numerator': 'count_if(is_met)',
            'denominator': 'count(*)',
            'dimensions': ['condition'],
        },
    ]) }}
),

reduced_cells as (
    {{ select_cells('relationship_cells', cell_columns()) | indent(4) }}
    union all
    {{ select_cells('reason_cells', cell_columns()) | indent(4) }}
    where dimension <> 'total'
),

current_only_metrics as (
    {%- for metric, fields in [
        ('relationship_freshness_rate', 'owner activity, contacts and verification'),
        ('stale_relationship_reason_share', 'owner activity, contacts and verification'),
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

{{ select_cells('condition_cells', cell_columns()) }}
where dimension <> 'total'
union all
{{ relabelled_cells('reduced_cells', {
    'forced_status': "case when status_reason is not null then 'partial' end",
}) }}
union all
{{ select_cells('past_months', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
