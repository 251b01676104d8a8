-- Faster than before: medians against the baselines the company fixed, weighted by the cases of
-- today so that a change of the mix is no change of speed. Where only a total baseline exists the
-- comparison is not standardised and says so.
with quarters as (
    select distinct
        period_start,
        period_end
    from {{ ref('int_period') }}
    where grain = 'quarter'
),

baselines as (
    select
        quarters.period_start,
        targets.metric_name as base_metric,
        targets.dim_value as case_type,
        cast(targets.baseline_value as double) as baseline_value
    from quarters
    inner join {{ ref('crm_kpi_target') }} as targets
        on
            quarters.period_end >= targets.period_start
            and quarters.period_end <= targets.period_end
    where
        targets.metric_name in ('first_response_time', 'resolution_time', 'post_sales_cycle_time')
        and targets.dim_name in ('total', 'case_type')
        and targets.baseline_value is not null
    -- The narrowest one that holds the end of the quarter.
    qualify
        row_number() over (
            partition by quarters.period_start, targets.metric_name, targets.dim_value
            order by
                {{ days_between('targets.period_start', 'targets.period_end') }} asc,
                targets.kpi_target_id asc
        ) = 1
),

baseline_kinds as (
    select
        period_start,
        base_metric,
        count_if(case_type <> 'total') > 0 as is_standardised
    from baselines
    group by period_start, base_metric
),

compared as (
    select
        medians.base_metric,
        medians.period_start,
        medians.team,
        kinds.is_standardised,
        sum(medians.case_count) as case_count,
        sum(case when baselines.baseline_value is not null then medians.case_count end)
            as compared_count,
        -- Of a median that is not reached nobody knows the gain.
        count_if(baselines.baseline_value is not null and medians.median_value is null)
            as unreached_count,
        sum(
            case
                when baselines.baseline_value is not null
                    then medians.case_count * medians.median_value
            end
        ) as now_sum,
        sum(medians.case_count * baselines.baseline_value) as baseline_sum
    from {{ ref('int_speed_median') }} as medians
    inner join baseline_kinds as kinds
        on
            medians.base_metric = kinds.base_metric
            and medians.period_start = kinds.period_start
            and (medians.case_type <> 'total') = kinds.is_standardised
    left join baselines
        on
            medians.base_metric = baselines.base_metric
            and medians.period_start = baselines.period_start
            and medians.case_type = baselines.case_type
    group by
        medians.base_metric,
        medians.period_start,
        medians.team,
        kinds.is_standardised
),

gains as (
    select
        base_metric,
        period_start,
        team,
        now_sum as numerator,
        baseline_sum as denominator,
        case when unreached_count = 0 then 1 - now_sum / nullif(baseline_sum, 0) end as value,
        compared_count as n,
        case
            when unreached_count > 0 then 'immature'
            when compared_count < {{ parameter('n_min') }} then 'low_n'
        end as forced_status,
        concat_ws(
            '; ',
            case when not is_standardised then 'not standardised, total baseline only' end,
            case
                when case_count > compared_count
                    then
                        'cases of types without a baseline='
                        || cast(case_count - compared_count as varchar)
            end,
            case when unreached_count > 0 then 'median not reached yet' end
        ) as status_reason
    from compared
    where compared_count > 0
),

published as (
    select
        period_start,
        'base_metric' as dimension,
        base_metric as dimension_value,
        numerator,
        denominator,
        value,
        n,
        forced_status,
        status_reason
    from gains
    where team = 'total'
    union all
    select
        period_start,
        case when team = 'total' then 'total' else 'team' end as dimension,
        team as dimension_value,
        numerator,
        denominator,
        value,
        n,
        forced_status,
        status_reason
    from gains
    where base_metric = 'post_sales_cycle_time'
    union all
    select
        quarters.period_start,
        'total' as dimension,
        'total' as dimension_value,
        null as numerator,
        null as denominator,
        null as value,
        null as n,
        'no_data' as forced_status,
        'no baseline of post_sales_cycle_time' as status_reason
    from quarters
    left join baseline_kinds as kinds
        on
            quarters.period_start = kinds.period_start
            and kinds.base_metric = 'post_sales_cycle_time'
    where kinds.base_metric is null
),

labelled as (
    select
        'speed_gain_vs_baseline' as metric_name,
        'quarter' as grain,
        published.*
    from published
)

{{ select_cells('labelled', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
    'denominator', 'value', 'n', 'forced_status', 'status_reason',
]) }}
