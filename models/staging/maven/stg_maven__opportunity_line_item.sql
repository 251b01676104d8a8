with deals as (
    select
        pipeline.*,
        {{ repaired('product', 'pipeline.product') }} as repaired_product,
        products.sales_price
    from {{ source('raw_maven', 'sales_pipeline') }} as pipeline
    {{ repair_join('product', 'maven', 'product', 'pipeline.product') }}
    left join {{ source('raw_maven', 'products') }} as products
        on {{ repaired('product', 'pipeline.product') }} = products.product
)

{{ conform('opportunity_line_item', 'maven', 'deals', {
    'line_item_id': 'opportunity_id',
    'opportunity_id': 'opportunity_id',
    'product_id': "'maven:' || repaired_product",
    'quantity': '1',
    'net_amount': "case when deal_stage = 'Won' then close_value else sales_price end",
}) }}
