-- Orders beyond those of the control, at the mean margin of an order of the same stratum, less
-- cost. Only what can be compared counts, with its share of the cost.
with arm_counts as (
    select * from {{ ref('int_campaign_arm_count') }}
),

strata as (
    select
        grain,
        period_start,
        campaign,
        channel,
        customer_type,
        is_randomised,
        sum(first_count) as first_count,
        sum(first_success_count) as first_success_count,
        sum(other_count) as other_count,
        sum(other_success_count) as other_success_count,
        -- Without an order of its own the stratum has the margin of the control's.
        coalesce(
            sum(first_cm1_amount) / nullif(sum(first_cm1_count), 0),
            sum(other_cm1_amount) / nullif(sum(other_cm1_count), 0)
        ) as mean_cm1_amount,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount,
        max(complete_on) as complete_on
    from arm_counts
    group by grain, period_start, campaign, channel, customer_type, is_randomised
),

compared as (
    select
        *,
        first_count > 0 and other_count > 0 as is_comparable,
        first_success_count
        - first_count * (other_success_count / nullif(cast(other_count as double), 0))
            as incremental_count
    from strata
),

valued as (
    select
        *,
        case when first_success_count = 0 then 0.0 else first_success_count * mean_cm1_amount end
            as attributed_amount,
        case when incremental_count = 0 then 0.0 else incremental_count * mean_cm1_amount end
            as incremental_amount
    from compared
),

measured as (
    select
        *,
        is_comparable and incremental_amount is not null and cost_amount is not null as is_measured
    from valued
),

cells as (
    {{ kpi_cells('measured', 'period_start', [
        {
            'metric': 'campaign_roi_incremental',
            'numerator': 'sum(case when is_measured then incremental_amount - cost_amount end)',
            'denominator': 'sum(case when is_measured then cost_amount end)',
            'n': 'sum(case when is_measured then first_count + other_count else 0 end)',
            'complete_on': 'max(case when is_measured then complete_on end)',
            'unconverted': 'sum(case when is_measured then unconverted_amount end)',
            'reason': "case when count_if(is_comparable) = 0 then 'no control group'"
                ~ " when count_if(is_measured) = 0 then 'cost or margin unknown'"
                ~ " when count_if(not is_measured) > 0 then 'measured part only' end",
            'dimensions': ['campaign', 'channel'],
        },
        {
            'metric': 'campaign_roi_incremental',
            'variant': 'attributed',
            'numerator': 'sum(case when is_measured then attributed_amount - cost_amount end)',
            'denominator': 'sum(case when is_measured then cost_amount end)',
            'n': 'sum(case when is_measured then first_count else 0 end)',
            'complete_on': 'max(case when is_measured then complete_on end)',
            'unconverted': 'sum(case when is_measured then unconverted_amount end)',
            'reason': "case when count_if(is_comparable) = 0 then 'no control group'"
                ~ " when count_if(is_measured) = 0 then 'cost or margin unknown'"
                ~ " else 'attribution, upper bound' end",
        },
    ], grain_column='grain') }}
),

lifts as (
    {{ stratified_difference(
        'campaign_roi_incremental',
        'arm_counts',
        ['campaign', 'channel'],
        ['campaign', 'customer_type', 'is_randomised'],
        missing='no control group',
        unproven='effect not proven',
    ) }}
),

judged_cells as (
    select
        cells.*,
        case
            when cells.variant is null and lifts.ci_low <= 0 and lifts.ci_high >= 0
                then 'effect not proven'
        end as proof_reason
    from cells
    left join lifts
        on
            cells.grain = lifts.grain
            and cells.period_start = lifts.period_start
            and cells.dimension = lifts.dimension
            and cells.dimension_value = lifts.dimension_value
)

{{ relabelled_cells('judged_cells', {
    'value': 'numerator / nullif(denominator, 0)',
    'forced_status': "case when status_reason = 'no control group' then 'no_data'"
        ~ " when status_reason = 'cost or margin unknown' then 'not_applicable' end",
    'status_reason': "nullif(concat_ws('; ', status_reason, proof_reason), '')",
}) }}
