with plans as (
    select
        plan_tier,
        case plan_tier when 'Basic' then 1 when 'Pro' then 2 when 'Enterprise' then 3 end
            as tier_rank,
        min(_source_file) as _source_file,
        min(_source_row) as _source_row,
        min(_loaded_at) as _loaded_at
    from {{ source('raw_ravenstack', 'ravenstack_subscriptions') }}
    where plan_tier is not null
    group by plan_tier
)

{{ conform('product', 'ravenstack', 'plans', {
    'product_id': "'ravenstack:' || plan_tier",
    'product_name': "'RavenStack ' || plan_tier",
    'product_family': "'RavenStack'",
    'tier_rank': 'tier_rank',
}) }}
