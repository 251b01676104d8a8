-- What needs the whole period: the tenure of those who switched, and the share of the stock a
-- period began with that switched in it.
with switchers as (
    select * from {{ ref('fct_customer_spell') }}
    where is_competitor_switch
),

periods as (
    select distinct
        grain,
        period_start,
        least(period_end, {{ as_of_date() }}) as period_end
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('quarter', 'r12m')
),

stock as (
    select
        periods.grain,
        periods.period_start,
        coalesce(switchers.churn_date <= periods.period_end, false) as is_switched,
        case when switchers.churn_date <= periods.period_end then switchers.confirmed_on end
            as confirmed_on
    from periods
    inner join {{ ref('fct_customer_month') }} as customers
        on periods.period_start = customers.month_start
    left join switchers
        on
            customers.account_id = switchers.account_id
            and customers.opening_spell_no = switchers.spell_no
    where customers.is_active_at_start
),

median_cells as (
    {{ kpi_median_cells(
        'tenure_at_switch_months', 'switchers', 'churn_date', 'tenure_months',
        ['competitor', 'segment']
    ) }}
),

-- A switch that can still be undone leaves the whole period open.
confirmations as (
    select
        periods.grain,
        periods.period_start,
        max(switchers.confirmed_on) as period_confirmed_on
    from periods
    inner join switchers
        on switchers.churn_date between periods.period_start and periods.period_end
    group by periods.grain, periods.period_start
),

dated_median_cells as (
    select
        median_cells.*,
        confirmations.period_confirmed_on
    from median_cells
    left join confirmations
        on
            median_cells.grain = confirmations.grain
            and median_cells.period_start = confirmations.period_start
)

{{ relabelled_cells('dated_median_cells', {'complete_on': 'period_confirmed_on'}) }}
union all
{{ kpi_cells('stock', 'period_start', [
    {
        'metric': 'competitor_switch_rate',
        'variant': 'of_base',
        'numerator': 'count_if(is_switched)',
        'denominator': 'count(*)',
        'complete_on': 'max(confirmed_on)',
    },
], grain_column='grain') }}
