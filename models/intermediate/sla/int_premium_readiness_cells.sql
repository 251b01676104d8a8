with states as (
    select
        *,
        smallest_count >= {{ parameter('n_min') }} as is_enough
    from {{ ref('int_premium_readiness_month') }}
),

published as (
    select
        'premium_readiness_flag' as metric_name,
        'month' as grain,
        month_start as period_start,
        dimension,
        dimension_value,
        met_count as numerator,
        4 as denominator,
        case when is_window_loaded and is_enough then case when met_count = 4 then 1 else 0 end end
            as value,
        smallest_count as n,
        case
            when not is_window_loaded then 'no_data'
            when not is_enough then 'low_n'
        end as forced_status,
        concat_ws(
            '; ',
            case when not is_window_loaded then 'window not loaded' end,
            'met: ' || nullif(
                concat_ws(
                    ', ',
                    case when is_compliant then 'compliance' end,
                    case when is_fast then 'time_ratio' end,
                    case when is_asked_for then 'out_of_hours' end,
                    case when is_asked_by_many then 'customers' end
                ),
                ''
            )
        ) as status_reason
    from states
),

cells as (
    {{ select_cells('published', [
        'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
        'denominator', 'value', 'n', 'forced_status', 'status_reason',
    ]) | indent(4) }}
)

{{ judged_sla_cells('cells', ['premium_readiness_flag']) }}
