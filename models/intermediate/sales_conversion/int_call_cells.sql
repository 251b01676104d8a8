with prospecting as (
    select *
    from {{ ref('int_call_effort') }}
    where is_prospecting_call or is_sourced_lead
)

{{ kpi_cells('prospecting', 'happened_on', [
    {
        'metric': 'calls_per_lead',
        'numerator': 'count_if(is_prospecting_call)',
        'denominator': 'count_if(is_sourced_lead)',
        'n': 'count_if(is_prospecting_call)',
        'dimensions': ['rep', 'team', 'region', 'weekday', 'hour'],
    },
    {
        'metric': 'calls_per_lead',
        'variant': 'connected',
        'numerator': 'count_if(is_connected_call)',
        'denominator': 'count_if(is_sourced_lead)',
        'n': 'count_if(is_connected_call)',
    },
]) }}
union all
{{ kpi_cells(ref('int_call_effort'), 'happened_on', [
    {
        'metric': 'calls_per_lead',
        'variant': 'total_effort',
        'numerator': 'count_if(is_call)',
        'denominator': 'count_if(is_lead)',
        'n': 'count_if(is_call)',
    },
]) }}
