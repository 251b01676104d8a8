-- The same closed deals, once in all and once by sale type. Fails if deals without lines are
-- dropped.
with totals as (
    select
        metric_name,
        grain,
        period_start,
        numerator,
        denominator
    from {{ ref('kpi_sales_conversion') }}
    where
        metric_name in ('win_rate', 'sale_type_win_rate')
        and dimension = 'total'
        and grain in ('quarter', 'r12m')
        and value_status <> 'no_data'
)

select
    win_rates.grain,
    win_rates.period_start,
    win_rates.numerator,
    type_rates.numerator as type_numerator,
    win_rates.denominator,
    type_rates.denominator as type_denominator
from totals as win_rates
inner join totals as type_rates
    on
        win_rates.grain = type_rates.grain
        and win_rates.period_start = type_rates.period_start
        and type_rates.metric_name = 'sale_type_win_rate'
where
    win_rates.metric_name = 'win_rate'
    and (
        win_rates.numerator <> type_rates.numerator
        or win_rates.denominator <> type_rates.denominator
    )
