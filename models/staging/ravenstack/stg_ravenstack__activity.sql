with usage_days as (
    select
        subscriptions.account_id,
        feature_usage.usage_date,
        sum(try_cast(feature_usage.usage_duration_secs as bigint)) as used_seconds,
        min(feature_usage._source_file) as _source_file,
        min(feature_usage._source_row) as _source_row,
        min(feature_usage._loaded_at) as _loaded_at
    from {{ source('raw_ravenstack', 'ravenstack_feature_usage') }} as feature_usage
    inner join {{ source('raw_ravenstack', 'ravenstack_subscriptions') }} as subscriptions
        on feature_usage.subscription_id = subscriptions.subscription_id
    group by subscriptions.account_id, feature_usage.usage_date
)

{{ conform('activity', 'ravenstack', 'usage_days', {
    'activity_id': "'usage:' || account_id || ':' || usage_date",
    'activity_type': "'product_usage'",
    'account_id': 'account_id',
    'started_at': 'usage_date',
    'completed_at': 'usage_date',
    'duration_minutes': 'cast(round(used_seconds / 60.0) as bigint)',
    'is_automated': "'true'",
}) }}
