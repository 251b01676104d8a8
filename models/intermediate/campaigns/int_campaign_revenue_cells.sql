{%- set revenue = {
    'metric': 'campaign_attributed_net_revenue',
    'numerator': 'coalesce(sum(net_amount), 0)',
    'n': 'count(distinct opportunity_id)',
    'unconverted': 'sum(unconverted_amount)',
} -%}
with credits as (
    select * from {{ ref('int_campaign_credit') }}
),

-- Models are never mixed: one of them is the KPI, all stand beside each other in the pair.
chosen_credits as (
    select * from credits
    where attribution_model = {{ text_parameter('attribution_model') }}
),

model_cells as (
    {{ kpi_cells(
        'credits', 'closed_on', [revenue], ['campaign × attribution_model']
    ) | indent(4) }}
)

{{ kpi_cells('chosen_credits', 'closed_on', [revenue], ['campaign', 'channel']) }}
union all
select * from model_cells
where dimension <> 'total'
