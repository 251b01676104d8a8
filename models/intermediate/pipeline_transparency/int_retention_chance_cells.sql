with sources as (
    select 'without: ' || {{ join_text('table_name', ', ') }} as missing_text
    from {{ ref('int_table_coverage') }}
    where
        table_name in ('contract_line', 'feedback', 'support_case', 'sla_policy')
        and not is_present
),

chances as (
    select
        chances.*,
        sources.missing_text
    from {{ ref('int_retention_chance') }} as chances
    cross join sources
),

triggers as (
    {%- for trigger in ['contract_end', 'detractor', 'sla_breach', 'interaction_drop'] %}
    select
        grain,
        period_start,
        '{{ trigger }}' as trigger
    from chances
    where has_{{ trigger }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

{{ kpi_cells('chances', 'period_start', [
    {
        'metric': 'retention_chance_count',
        'numerator': 'count(*)',
        'reason': 'max(missing_text)',
        'dimensions': ['region', 'segment', 'rep', 'worked'],
    },
    {
        'metric': 'retention_chance_count',
        'variant': 'worked_share',
        'numerator': "count_if(worked = 'worked')",
        'denominator': "count_if(worked <> 'open')",
        'n': "count_if(worked <> 'open')",
        'note': {'label': 'window open', 'count': "count_if(worked = 'open')"},
    },
], grain_column='grain') }}
union all
select *
from (
    {{ kpi_cells('triggers', 'period_start', [
        {'metric': 'retention_chance_count', 'numerator': 'count(*)'},
    ], ['trigger'], grain_column='grain') }}
) as parts
where dimension <> 'total'
