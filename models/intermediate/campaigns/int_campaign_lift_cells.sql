-- Chance decided within a campaign, so each campaign's customers are compared with its own control:
-- pooled, campaigns with different shares held back would show a lift that none of them has.
with arm_counts as (
    select * from {{ ref('int_campaign_arm_count') }}
)

{{ stratified_difference(
    'campaign_incremental_lift',
    'arm_counts',
    ['campaign', 'customer_type', 'segment'],
    ['campaign', 'customer_type', 'is_randomised'],
    missing='no control group',
    unproven='effect not proven',
    note='contaminated',
) }}
