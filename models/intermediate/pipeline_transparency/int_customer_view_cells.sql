-- Everything that is counted over the customers active at a month end.
{%- set uncovered = 'window not covered' %}
{%- set basis -%}
case when max(spell_basis) <> 'contract_line' then 'customers from ' || max(spell_basis) end
{%- endset %}
with customers as (
    select * from {{ ref('int_customer_view_month') }}
),

families as (
    select * from {{ ref('int_customer_family_month') }}
),

conditions as (
    {%- for condition in ['sales', 'service', 'billing', 'interaction'] %}
    select
        month_start,
        '{{ condition }}' as condition,
        has_{{ condition }} as is_met
    from customers
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

contact_channels as (
    {%- for channel in ['email', 'phone'] %}
    select
        month_start,
        '{{ channel }}' as channel,
        has_{{ channel }} as is_met
    from customers
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

offer_channels as (
    {%- for channel in ['quote', 'campaign'] %}
    select
        month_start,
        '{{ channel }}' as channel,
        has_{{ channel }}_offer as is_met,
        is_offer_window_covered
    from customers
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

cells as (
    {{ kpi_cells('customers', 'month_start', [
        {
            'metric': 'activity_coverage_rate',
            'variant': 'customers',
            'numerator': 'count_if(has_recent_activity)',
            'denominator': 'count(*)',
            'reason': "case when count_if(is_contact_window_covered) = 0 then '" ~ uncovered
                ~ "' else " ~ basis ~ " end",
        },
        {
            'metric': 'customer_360_coverage_rate',
            'numerator': 'count_if(has_all_domains)',
            'denominator': 'count(*)',
            'reason': "case when min(domain_count) < 2 then 'fewer than two domains cover the year'"
                ~ " when min(domain_count) < 4 then 'without: ' || concat_ws(', ',"
                ~ " case when count(has_sales) = 0 then 'sales' end,"
                ~ " case when count(has_service) = 0 then 'service' end,"
                ~ " case when count(has_billing) = 0 then 'billing' end,"
                ~ " case when count(has_interaction) = 0 then 'interaction' end)"
                ~ " else " ~ basis ~ " end",
            'dimensions': ['region', 'segment'],
        },
        {
            'metric': 'contactable_customer_rate',
            'numerator': 'count_if(is_contactable)',
            'denominator': 'count(*)',
            'reason': "case when count(is_contactable) < count(*)"
                ~ " then 'no history of consent' else " ~ basis ~ " end",
            'dimensions': ['region', 'segment'],
        },
        {
            'metric': 'cross_up_offer_reach_rate',
            'numerator': 'count_if(has_quote_offer or has_campaign_offer)',
            'denominator': 'count(*)',
            'reason': "case when count_if(is_offer_window_covered) = 0 then '" ~ uncovered
                ~ "' else " ~ basis ~ " end",
            'dimensions': ['rep', 'region', 'segment'],
        },
    ]) }}
    union all
    {{ kpi_cells('families', 'month_start', [
        {
            'metric': 'whitespace_coverage_rate',
            'numerator': 'count_if(is_owned)',
            'denominator': 'count(*)',
        },
    ], ['segment', 'region', 'rep', 'product_family']) }}
    union all
    select *
    from (
        {{ kpi_cells('conditions', 'month_start', [
            {
                'metric': 'customer_360_coverage_rate',
                'numerator': 'count_if(is_met)',
                'denominator': 'count(*)',
                'reason': "case when count(is_met) < count(*) then '" ~ uncovered ~ "' end",
            },
        ], ['condition']) }}
        union all
        {{ kpi_cells('contact_channels', 'month_start', [
            {
                'metric': 'contactable_customer_rate',
                'numerator': 'count_if(is_met)',
                'denominator': 'count(*)',
                'reason': "case when count(is_met) < count(*) then 'no history of consent' end",
            },
        ], ['channel']) }}
        union all
        {{ kpi_cells('offer_channels', 'month_start', [
            {
                'metric': 'cross_up_offer_reach_rate',
                'numerator': 'count_if(is_met)',
                'denominator': 'count(*)',
                'reason': "case when count_if(is_offer_window_covered) = 0 then '" ~ uncovered
                    ~ "' end",
            },
        ], ['channel']) }}
    ) as parts
    where dimension <> 'total'
),

-- Without a matrix nobody knows what is white.
missing_matrix as (
    select
        'whitespace_coverage_rate' as metric_name,
        'month' as grain,
        month_start as period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no relevance matrix' as status_reason
    from customers
    where not exists (select 1 from {{ ref('segment_family_relevance') }})
    group by month_start
),

all_cells as (
    select * from cells
    union all
    {{ select_cells(
        'missing_matrix',
        ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'status_reason']
    ) | indent(4) }}
)

{{ relabelled_cells('all_cells', {
    'forced_status': "case"
        ~ " when status_reason in ('" ~ uncovered ~ "', 'no history of consent',"
        ~ " 'fewer than two domains cover the year', 'no relevance matrix') then 'no_data'"
        ~ " when status_reason like 'without: %' then 'partial'"
        ~ " else forced_status end",
}) }}
