-- Annual recurring revenue added in a quarter over the acquisition cost of the quarter before. The
-- recurring revenue of a quarter is three times the MRR at its end, so its change × 4 is twelve
-- times the net new MRR; that comes from the movements, in which a currency that moves is no sale.
with periods as (
    select
        period_start,
        base_start,
        {{ date_plus_months('period_start', -3) }} as previous_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'quarter'
),

recurring as (
    select
        periods.period_start,
        max(periods.previous_start) as previous_start,
        sum(
            mrr.new_mrr_amount + mrr.expansion_mrr_amount + mrr.reactivation_mrr_amount
            - mrr.contraction_mrr_amount - mrr.churn_mrr_amount
        ) as net_new_mrr_amount,
        sum(mrr.opening_mrr_amount + mrr.closing_mrr_amount) as mrr_amount,
        sum(mrr.unconverted_amount) as unconverted_amount,
        count(*) as row_count
    from periods
    inner join {{ ref('int_mrr_month') }} as mrr
        on periods.base_start = mrr.month_start
    group by periods.period_start
),

costs as (
    select
        {{ fiscal_period_start('cost_month', 3) }} as period_start,
        coalesce(sum(cost_amount), 0.0) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_cost_booking') }}
    where cost_pool = 'acquisition'
    group by {{ fiscal_period_start('cost_month', 3) }}
),

compared as (
    select
        recurring.period_start,
        recurring.net_new_mrr_amount,
        recurring.mrr_amount,
        coalesce(costs.cost_amount, 0.0) as cost_amount,
        recurring.unconverted_amount + coalesce(costs.unconverted_amount, 0.0)
            as unconverted_amount,
        recurring.row_count,
        coalesce(recurring.previous_start < cost_window.booked_from, true) as is_before_data
    from recurring
    cross join {{ ref('int_acquisition_cost_window') }} as cost_window
    left join costs
        on recurring.previous_start = costs.period_start
),

cells as (
    select
        'sales_efficiency_magic_number' as metric_name,
        'quarter' as grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        net_new_mrr_amount * 12 / nullif(cost_amount, 0) as value,
        row_count as n,
        unconverted_amount,
        case
            when is_before_data then 'no_data'
            when mrr_amount = 0 or cost_amount = 0 then 'not_applicable'
        end as forced_status,
        case
            when is_before_data then 'acquisition cost of the quarter before not covered'
            when mrr_amount = 0 then 'no recurring revenue'
            when cost_amount = 0 then 'no acquisition cost in the quarter before'
        end as status_reason
    from compared
)

{{ select_cells('cells', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
    'unconverted_amount', 'forced_status', 'status_reason',
]) }}
