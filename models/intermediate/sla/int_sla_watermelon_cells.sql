with rated_cases as (
    select * from {{ ref('int_rated_sla_case') }}
),

cells as (
    {{ kpi_cells('rated_cases', 'solved_on', [
        {
            'metric': 'sla_watermelon_rate',
            'numerator': 'count_if(is_watermelon)',
            'denominator': 'count(*)',
        },
    ], ['team', 'priority']) | indent(4) }}
)

{{ judged_sla_cells('cells', ['sla_watermelon_rate'], base_grain='month') }}
