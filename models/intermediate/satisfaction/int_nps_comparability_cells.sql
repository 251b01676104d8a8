-- Countries use the scale differently: an NPS over several of them says little where their
-- references or their parts of the world differ.
with located as (
    select
        answers.grain,
        answers.period_start,
        answers.subject,
        answers.segment,
        answers.region,
        countries.world_region,
        case
            when reference_values.reference_source = 'kpi_target'
                then reference_values.reference_nps
        end as reference_nps
    from {{ ref('int_nps_answer') }} as answers
    left join {{ ref('country') }} as countries
        on answers.country = countries.country
    left join {{ ref('int_nps_reference') }} as reference_values
        on
            answers.country = reference_values.country
            and answers.period_start = reference_values.period_start
    where answers.grain = 'quarter'
),

flag_cells as (
    {{ kpi_cells('located', 'period_start', [
        {
            'metric': 'nps_comparability_flag',
            'numerator': 'case when count(distinct world_region) > 1'
                ~ ' or count(distinct reference_nps) > 1 then 1.0 else 0.0 end',
            'reason': "concat_ws('; ', case when count(distinct world_region) > 1 then "
                ~ join_text('world_region', ', ') ~ " end, case when count(distinct reference_nps) > 1"
                ~ " then 'references differ' end)",
            'dimensions': ['subject', 'segment', 'region'],
        },
    ], grain_column='grain') }}
),

-- No answers, nothing to compare: not a 0.
silent_quarters as (
    select distinct
        'nps_comparability_flag' as metric_name,
        periods.grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        'not_applicable' as forced_status
    from {{ ref('int_period') }} as periods
    left join flag_cells
        on periods.period_start = flag_cells.period_start
    where periods.grain = 'quarter' and flag_cells.period_start is null
)

{{ relabelled_cells('flag_cells', {'status_reason': "nullif(status_reason, '')"}) }}
union all
{{ select_cells('silent_quarters', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
]) }}
