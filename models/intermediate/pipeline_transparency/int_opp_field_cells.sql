with fields as (
    select * from {{ ref('int_opp_field_month') }}
),

cells as (
    {{ kpi_cells('fields', 'month_start', [
        {
            'metric': 'opp_field_completeness_rate',
            'numerator': 'count_if(is_filled)',
            'denominator': 'count(*)',
            'reason': "case when count(is_filled) < count(*)"
                ~ " then 'no history of ' || min(case when is_filled is null then field end) end",
        },
    ], ['rep', 'team', 'stage', 'field']) }}
)

{{ relabelled_cells('cells', {
    'forced_status': "case when status_reason like 'no history of%' then 'no_data' end",
}) }}
