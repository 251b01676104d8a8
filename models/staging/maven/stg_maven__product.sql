with products as (
    select
        *,
        -- The price list has no tiers; within a series the dearer product is the higher one.
        rank() over (partition by series order by try_cast(sales_price as double)) as tier_rank
    from {{ source('raw_maven', 'products') }}
)

{{ conform('product', 'maven', 'products', {
    'product_id': "'maven:' || product",
    'product_name': 'product',
    'product_family': 'series',
    'tier_rank': 'tier_rank',
}) }}
