-- Months until a cohort has earned back its acquisition cost, read off its curve, and the readings
-- beside it: interpolated within the month, projected where it is not reached yet, and the simple
-- formula cost ÷ (new MRR × margin).
with curve as (
    select
        *,
        sum(case when is_closed then cm2_amount end) over (
            partition by grain, period_start, dimension, dimension_value
            order by month_no
            rows between unbounded preceding and current row
        ) as cumulative_amount,
        sum(case when is_closed and cm2_amount is null then 1 else 0 end) over (
            partition by grain, period_start, dimension, dimension_value
            order by month_no
            rows between unbounded preceding and current row
        ) as unknown_month_count
    from {{ ref('int_break_even_curve') }}
),

points as (
    select
        *,
        is_closed and unknown_month_count = 0 and cumulative_amount >= cost_amount as is_reached,
        is_closed and month_no = closed_month_count - 1 as is_last,
        is_closed and month_no >= closed_month_count - 3 as is_recent
    from curve
),

-- What is missing after break-even cannot move it.
needed_points as (
    select
        *,
        is_closed
        and coalesce(max(case when is_reached then 1 else 0 end) over (
            partition by grain, period_start, dimension, dimension_value
            order by month_no
            rows between unbounded preceding and 1 preceding
        ), 0) = 0 as is_needed
    from points
),

cohorts as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        max(customer_count) as customer_count,
        max(cost_amount) as cost_amount,
        max(closed_month_count) as closed_month_count,
        min(case when is_reached then month_no end) + 1 as break_even_months,
        min_by(
            month_no + (cost_amount - (cumulative_amount - cm2_amount)) / nullif(cm2_amount, 0),
            case when is_reached then month_no end
        ) as interpolated_months,
        max(case when is_last then cumulative_amount end) as cumulative_amount,
        avg(case when is_recent then cm2_amount end) as recent_amount,
        max(case when is_last then unknown_month_count end) as unknown_month_count,
        count_if(is_closed and is_service_cost_missing) as service_gap_count,
        sum(new_mrr_amount) as new_mrr_amount,
        case
            when count_if(month_no is not null and cm1_amount is null) = 0
                then sum(cm1_amount) / nullif(sum(net_revenue_amount), 0)
        end as margin_rate,
        max(unconverted_cost_amount)
        + sum(case when is_needed then unconverted_amount else 0.0 end) as unconverted_amount
    from needed_points
    group by grain, period_start, dimension, dimension_value
),

judged as (
    select
        *,
        unconverted_amount / nullif(cost_amount, 0)
        > {{ parameter('fx_max_missing_share') }} as is_mostly_unconverted,
        break_even_months is null and coalesce(unknown_month_count, 0) > 0 as is_unknown,
        case
            when customer_count = 0 then 'no new customer'
            when cost_amount <= 0 then 'no acquisition cost'
        end as not_applicable_reason,
        case
            when break_even_months is null and coalesce(unknown_month_count, 0) > 0
                then case
                        when service_gap_count > 0 then 'missing: service cost'
                        else 'margin unknown'
                    end
            when break_even_months is null
                then 'not reached in ' || cast(closed_month_count as varchar) || ' months'
        end as not_reached_reason
    from cohorts
),

with_status as (
    select
        *,
        case
            when not_applicable_reason is not null then 'not_applicable'
            when is_unknown and service_gap_count > 0 then 'partial'
            when is_unknown then 'no_data'
            when unconverted_amount > 0 then 'partial'
        end as known_status
    from judged
),

main_cells as (
    select
        cast(null as varchar) as variant,
        grain,
        period_start,
        dimension,
        dimension_value,
        break_even_months as value,
        customer_count,
        is_mostly_unconverted,
        coalesce(known_status, case when break_even_months is null then 'immature' end)
            as forced_status,
        coalesce(not_applicable_reason, not_reached_reason) as status_reason
    from with_status
),

interpolated_cells as (
    select
        'interpolated' as variant,
        grain,
        period_start,
        interpolated_months as value,
        customer_count,
        is_mostly_unconverted,
        coalesce(known_status, case when interpolated_months is null then 'immature' end)
            as forced_status,
        coalesce(not_applicable_reason, not_reached_reason) as status_reason
    from with_status
    where dimension = 'total'
),

-- Only for cohorts that are not there yet.
projected_cells as (
    select
        'projected' as variant,
        grain,
        period_start,
        case
            when recent_amount > 0 and not is_unknown
                then
                    closed_month_count
                    + (cost_amount - cumulative_amount) / nullif(recent_amount, 0)
        end as value,
        customer_count,
        is_mostly_unconverted,
        coalesce(known_status, 'immature') as forced_status,
        coalesce(
            not_applicable_reason,
            case
                when is_unknown then not_reached_reason
                when recent_amount <= 0 then 'never at current margin'
                when recent_amount is null then 'no closed month'
            end
        ) as status_reason
    from with_status
    where dimension = 'total' and break_even_months is null
),

simple_cells as (
    select
        'simple' as variant,
        grain,
        period_start,
        case
            when new_mrr_amount > 0 and margin_rate > 0
                then cost_amount / nullif(new_mrr_amount * margin_rate, 0)
        end as value,
        customer_count,
        is_mostly_unconverted,
        case
            when not_applicable_reason is not null then 'not_applicable'
            when closed_month_count = 0 then 'immature'
            when new_mrr_amount is null or (margin_rate is null and new_mrr_amount > 0)
                then 'no_data'
            when new_mrr_amount <= 0 or margin_rate <= 0 then 'not_applicable'
            when unconverted_amount > 0 then 'partial'
        end as forced_status,
        coalesce(
            not_applicable_reason,
            case
                when closed_month_count = 0 then 'no closed month'
                when new_mrr_amount is null then 'missing: contract_line'
                when new_mrr_amount <= 0 then 'no new MRR'
                when margin_rate is null then 'margin unknown'
                when margin_rate <= 0 then 'no margin'
            end
        ) as status_reason
    from with_status
    where dimension = 'total'
),

all_cells as (
    select * from main_cells
    {%- for variant in ['interpolated', 'projected', 'simple'] %}
    union all
    select
        variant,
        grain,
        period_start,
        'variant' as dimension,
        variant as dimension_value,
        value,
        customer_count,
        is_mostly_unconverted,
        forced_status,
        status_reason
    from {{ variant }}_cells
    {%- endfor %}
),

cells as (
    select
        'cac_break_even_months' as metric_name,
        variant,
        grain,
        period_start,
        dimension,
        dimension_value,
        case
            when forced_status = 'partial' and is_mostly_unconverted then null
            else value
        end as value,
        customer_count as n,
        forced_status,
        nullif(concat_ws(
            '; ', status_reason,
            case
                when forced_status = 'partial' and status_reason is null
                    then 'exchange rate missing'
            end
        ), '') as status_reason
    from all_cells
),

typed_cells as (
    {{ select_cells('cells', [
        'metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value',
        'n', 'forced_status', 'status_reason',
    ]) | indent(4) }}
)

{{ known_cost_cells('typed_cells') }}
