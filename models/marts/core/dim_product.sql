with products as (
    select * from {{ ref('crm_product') }}
)

select
    product_id,
    case
        when product_name is null then product_id
        when count(*) over (partition by product_name) > 1
            then product_name || ' (' || product_id || ')'
        else product_name
    end as product,
    product_family,
    tier_rank,
    coalesce(is_service, false) as is_service,
    service_tier,
    cast(standard_direct_cost_pct as double) as standard_direct_cost_rate,
    source_name
from products
