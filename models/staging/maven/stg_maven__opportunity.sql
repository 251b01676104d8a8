with deals as (
    select
        pipeline.*,
        products.sales_price
    from {{ source('raw_maven', 'sales_pipeline') }} as pipeline
    {{ repair_join('product', 'maven', 'product', 'pipeline.product') }}
    left join {{ source('raw_maven', 'products') }} as products
        on {{ repaired('product', 'pipeline.product') }} = products.product
)

{{ conform('opportunity', 'maven', 'deals', {
    'opportunity_id': 'opportunity_id',
    'account_id': "'maven:' || account",
    'owner_user_id': "'maven:' || sales_agent",
    'pipeline_id': "'MavenTech sales'",
    'stage_id': "'maven:' || deal_stage",
    'net_amount': "case when deal_stage = 'Won' then close_value else sales_price end",
    'closed_at': 'close_date',
    'is_closed': "deal_stage in ('Won', 'Lost')",
    'is_won': "deal_stage = 'Won'",
    'created_at': 'engage_date',
}) }}
