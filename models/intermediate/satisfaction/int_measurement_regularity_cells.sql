with slots as (
    select
        *,
        'r12m' as grain
    from {{ ref('int_measurement_slot') }}
)

{{ kpi_cells('slots', 'period_start', [
    {
        'metric': 'satisfaction_measurement_regularity',
        'numerator': 'count_if(is_measured)',
        'denominator': 'count(*)',
        'dimensions': ['subject', 'country'],
    },
], grain_column='grain') }}
