with campaigns as (
    select * from {{ ref('int_campaign') }}
    where start_date <= {{ as_of_date() }}
),

conditions as (
    {%- for condition, flag in [
        ('kpi_defined', 'is_kpi_defined'), ('target_row', 'has_target'),
        ('control_arm', 'has_control'),
    ] %}
    select
        start_date,
        '{{ condition }}' as condition,
        {{ flag }} as is_met
    from campaigns
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

condition_cells as (
    {{ kpi_cells('conditions', 'start_date', [
        {
            'metric': 'campaign_kpi_coverage_rate',
            'numerator': 'count_if(is_met)',
            'denominator': 'count(*)',
            'dimensions': ['condition'],
        },
    ]) | indent(4) }}
)

{{ kpi_cells('campaigns', 'start_date', [
    {
        'metric': 'campaign_kpi_coverage_rate',
        'numerator': 'count_if(is_kpi_defined and has_target and has_control)',
        'denominator': 'count(*)',
        'dimensions': ['channel'],
    },
]) }}
union all
select * from condition_cells
where dimension <> 'total'
