-- Of the customers lost in the last two years, who came back in the period.
with periods as (
    select distinct
        grain,
        period_start,
        least(period_end, {{ as_of_date() }}) as period_end
    from {{ ref('int_period') }}
    where grain in ('month', 'r12m')
),

former as (
    select
        periods.grain,
        periods.period_start,
        customers.segment,
        customers.reason,
        customers.campaign,
        coalesce(customers.next_spell_start <= periods.period_end, false) as has_returned
    from periods
    inner join {{ ref('int_former_customer_month') }} as customers
        on periods.period_start = customers.month_start
),

cells as (
    {{ kpi_cells('former', 'period_start', [
        {
            'metric': 'reactivation_rate',
            'numerator': 'count_if(has_returned)',
            'denominator': 'count(*)',
        },
    ], ['reason', 'campaign', 'segment'], grain_column='grain') }}
)

{{ observable_churn_cells('cells') }}
