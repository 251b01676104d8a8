{%- set slices = ['region', 'segment', 'lead_source', 'product_family', 'cohort_month', 'rep'] -%}
{%- set margin = 'coalesce(sum(cm1_amount), 0.0)' -%}
-- Revenue and margin of new business. What is not known of it is judged over the whole period: up
-- to fx_max_missing_share the rest is shown as partial, above it nothing is.
with amounts as (
    select * from {{ ref('int_new_business_amount') }}
),

documents as (
    select * from amounts
    where amount_type = 'document'
),

first_sales as (
    select * from {{ ref('fct_sale_line') }}
    where sale_type = 'first_sale'
),

month_cells as (
    {{ kpi_cells('documents', 'booked_on', [
        {
            'metric': 'new_business_net_revenue',
            'numerator': 'coalesce(sum(net_revenue_amount), 0.0)',
            'unconverted': 'sum(unconverted_amount)',
            'dimensions': ['region', 'segment', 'lead_source', 'product_family', 'cohort_month'],
        },
        {
            'metric': 'new_business_contribution_margin',
            'numerator': margin,
            'unconverted': 'sum(unconverted_amount)',
            'dimensions': ['region', 'segment', 'lead_source', 'rep', 'product_family'],
        },
        {
            'metric': 'new_business_margin_rate',
            'numerator': margin,
            'denominator': 'coalesce(sum(net_revenue_amount), 0.0)',
            'unconverted': 'sum(unconverted_amount)',
            'dimensions': ['region', 'segment', 'lead_source', 'product_family'],
        },
        {'metric': 'absolute revenue', 'numerator': 'coalesce(sum(abs(net_revenue_amount)), 0.0)'},
        {'metric': 'standard cost', 'numerator': 'coalesce(sum(standard_cost_revenue_amount), 0.0)'},
        {'metric': 'uncosted', 'numerator': 'sum(uncosted_revenue_amount)'},
        {'metric': 'unknown net', 'numerator': 'sum(unknown_net_amount)'},
    ], slices) }}
    union all
    {{ kpi_cells('amounts', 'booked_on', [
        {
            'metric': 'new_business_contribution_margin',
            'variant': 'cm2',
            'numerator': margin ~ ' - sum(service_cost_amount)',
            'n': "count_if(amount_type = 'document')",
            'unconverted': 'sum(unconverted_amount)',
        },
    ]) }}
    union all
    {{ kpi_cells('first_sales', 'booked_on', [
        {
            'metric': 'new_business_net_revenue',
            'variant': 'bookings',
            'numerator': 'coalesce(sum(net_amount), 0.0)',
            'unconverted': 'sum(unconverted_amount)',
        },
    ]) }}
),

periods as (
    select
        periods.grain,
        periods.period_start,
        periods.base_start,
        count_if(not coverage.has_service_cost) over (
            partition by periods.grain, periods.period_start
        ) as service_gap_count
    from {{ ref('int_period') }} as periods
    inner join {{ ref('int_finance_month') }} as coverage
        on periods.base_start = coverage.month_start
    where periods.base_grain = 'month'
),

rolled_up as (
    select
        cells.metric_name,
        cells.variant,
        periods.grain,
        periods.period_start,
        max(periods.service_gap_count) as service_gap_count,
        cells.dimension,
        cells.dimension_value,
        sum(cells.numerator) as numerator,
        sum(cells.denominator) as denominator,
        sum(cells.n) as n,
        sum(cells.unconverted_amount) as unconverted_amount
    from month_cells as cells
    inner join periods
        on cells.period_start = periods.base_start
    group by
        cells.metric_name,
        cells.variant,
        periods.grain,
        periods.period_start,
        cells.dimension,
        cells.dimension_value
),

qualities as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        max(case when metric_name = 'absolute revenue' then numerator end) as revenue_amount,
        max(case when metric_name = 'standard cost' then numerator end) as standard_cost_amount,
        max(case when metric_name = 'uncosted' then numerator end) as uncosted_amount,
        max(case when metric_name = 'unknown net' then numerator end) as unknown_net_amount
    from rolled_up
    group by grain, period_start, dimension, dimension_value
),

shares as (
    select
        rolled_up.*,
        rolled_up.metric_name <> 'new_business_net_revenue' as is_margin,
        coalesce(rolled_up.variant, '') = 'bookings' as is_booking,
        qualities.standard_cost_amount / nullif(qualities.revenue_amount, 0) as standard_share,
        qualities.uncosted_amount / nullif(qualities.revenue_amount, 0) as uncosted_share,
        case
            when qualities.unknown_net_amount > 1e300 then 1.0
            else qualities.unknown_net_amount
                / nullif(qualities.unknown_net_amount + qualities.revenue_amount, 0)
        end as unknown_net_share,
        coalesce(rolled_up.variant, '') = 'cm2' and rolled_up.service_gap_count > 0
            as is_service_missing
    from rolled_up
    inner join {{ ref('int_metric_grain') }} as grains
        on
            rolled_up.metric_name = grains.metric_name
            and rolled_up.grain = grains.grain
    left join qualities
        on
            rolled_up.grain = qualities.grain
            and rolled_up.period_start = qualities.period_start
            and case when rolled_up.dimension = 'variant' then 'total' else rolled_up.dimension end
            = qualities.dimension
            and case
                when rolled_up.dimension = 'variant' then 'total'
                else rolled_up.dimension_value
            end = qualities.dimension_value
),

gaps as (
    select
        *,
        greatest(
            case when is_booking then 0.0 else coalesce(unknown_net_share, 0.0) end,
            case when is_margin then coalesce(uncosted_share, 0.0) else 0.0 end
        ) as missing_share
    from shares
),

cells as (
    select
        metric_name,
        variant,
        grain,
        period_start,
        dimension,
        dimension_value,
        case when not is_service_missing then numerator end as numerator,
        denominator,
        n,
        unconverted_amount,
        case
            when missing_share > {{ parameter('fx_max_missing_share') }} then 'no_data'
            when metric_name = 'new_business_margin_rate' and denominator <= 0 then 'not_applicable'
            when missing_share > 0 or is_service_missing then 'partial'
        end as forced_status,
        nullif(concat_ws(
            '; ',
            case when is_service_missing then 'missing: service cost' end,
            case
                when not is_booking and unknown_net_share > 0
                    then 'net amount unknown, up to '
                        || cast(round(100 * unknown_net_share, 2) as varchar) || ' %'
            end,
            case
                when is_margin and uncosted_share > 0
                    then 'direct cost unknown for '
                        || cast(round(100 * uncosted_share, 2) as varchar) || ' %'
            end,
            case
                when is_margin and standard_share > 0
                    then 'standard_cost_share='
                        || cast(round(100 * standard_share, 1) as varchar) || ' %'
            end
        ), '') as status_reason
    from gaps
)

{{ select_cells('cells', [
    'metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
    'denominator', 'n', 'unconverted_amount', 'forced_status', 'status_reason',
]) }}
