with plans as (
    select * from {{ ref('int_close_plan') }}
)

{{ kpi_cells('plans', 'period_start', [
    {
        'metric': 'close_date_slip_rate',
        'numerator': 'count_if(is_slipped)',
        'denominator': 'count(*)',
        'note': {'label': 'slipped_twice_or_more', 'count': 'count_if(n_slips > 1)'},
    },
], ['rep', 'stage', 'region'], grain_column='grain') }}
