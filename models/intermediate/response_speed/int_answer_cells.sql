-- The 24-hour rule, by the day each case was decided.
with cases as (
    select * from {{ ref('fct_case_response') }}
)

{{ kpi_cells('cases', 'answer_decided_on', [
    {
        'metric': 'answered_within_24h_rate',
        'numerator': 'count_if(is_answered_within_24h)',
        'denominator': 'count(*)',
    },
], ['channel', 'case_type', 'team', 'region', 'weekday', 'hour'], base_grain='day') }}
union all
{{ kpi_cells('cases', 'resolution_decided_on', [
    {
        'metric': 'resolved_within_24h_rate',
        'numerator': 'count_if(is_resolved_within_24h)',
        'denominator': 'count(*)',
    },
    {
        'metric': 'resolved_within_24h_rate',
        'variant': 'net_of_customer_wait',
        'numerator': 'count_if(is_resolved_within_24h_net)',
        'denominator': 'count(is_resolved_within_24h_net)',
        'n': 'count(is_resolved_within_24h_net)',
    },
], ['case_type', 'priority', 'product_family', 'channel', 'team', 'region'], base_grain='day') }}
