-- Days sales outstanding in three readings, how well receivables are collected, and what a shorter
-- DSO is worth.
with balances as (
    select * from {{ ref('int_receivable_balance') }}
),

month_ends as (
    select
        *,
        lag(receivable_amount) over (
            partition by dimension, dimension_value order by month_start
        ) as opening_amount,
        lag(is_warming_up) over (
            partition by dimension, dimension_value order by month_start
        ) as is_opening_warming_up
    from balances
),

windows as (
    select
        periods.grain,
        periods.period_start,
        balances.dimension,
        balances.dimension_value,
        sum(balances.sales_amount) as sales_amount,
        sum(balances.day_count) as day_count,
        count(*) as month_count,
        max_by(balances.receivable_amount, balances.month_start) as receivable_amount,
        max_by(balances.overdue_amount, balances.month_start) as overdue_amount,
        max_by(balances.is_warming_up, balances.month_start) as is_warming_up,
        max_by(balances.month_start, balances.month_start) as last_month,
        sum(balances.unconverted_amount) as unconverted_amount
    from balances
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and balances.month_start = periods.base_start
    group by periods.grain, periods.period_start, balances.dimension, balances.dimension_value
),

simple_cells as (
    {%- for metric, amount in [
        ('dso_simple', 'receivable_amount'),
        ('best_possible_dso', '(receivable_amount - overdue_amount)'),
    ] %}
    select
        '{{ metric }}' as metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        {{ amount }} * day_count as numerator,
        sales_amount as denominator,
        cast(null as double) as value,
        month_count as n,
        unconverted_amount,
        is_warming_up,
        case when sales_amount < 0 then 'not_applicable' end as forced_status,
        case when sales_amount < 0 then 'credit notes outweigh sales' end as status_reason
    from windows
    where grain in ('month', 'r3m') and dimension in ('total', 'region')
    union all
    {%- endfor %}
    select
        'collection_effectiveness_index' as metric_name,
        'month' as grain,
        period_start,
        dimension,
        dimension_value,
        opening_amount + sales_amount - receivable_amount as numerator,
        opening_amount + sales_amount - (receivable_amount - overdue_amount) as denominator,
        cast(null as double) as value,
        1 as n,
        unconverted_amount,
        is_opening_warming_up as is_warming_up,
        case
            when opening_amount is null then 'no_data'
            when opening_amount + sales_amount - (receivable_amount - overdue_amount) <= 0
                then 'not_applicable'
        end as forced_status,
        case
            when opening_amount is null then 'no month before'
            when opening_amount + sales_amount - (receivable_amount - overdue_amount) <= 0
                then 'nothing to collect'
        end as status_reason
    from (
        select
            *,
            month_start as period_start
        from month_ends
    ) as months_with_opening
    where dimension in ('total', 'region')
),

-- A composite has no parts that would tell how much is missing, so it is judged here.
countback_days as (
    select
        *,
        unconverted_amount / nullif(unconverted_amount + receivable_amount, 0)
        > {{ parameter('fx_max_missing_share') }} as is_mostly_unconverted
    from {{ ref('int_dso_countback') }}
),

countback_cells as (
    select
        'dso_countback' as metric_name,
        'month' as grain,
        countback.month_start as period_start,
        countback.dimension,
        countback.dimension_value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        case when not countback.is_mostly_unconverted then countback.dso_days end as value,
        1 as n,
        cast(null as double) as unconverted_amount,
        balances.is_warming_up,
        case
            when countback.is_before_data then 'no_data'
            when countback.dso_days is null then 'not_applicable'
            when countback.unconverted_amount > 0 then 'partial'
        end as forced_status,
        case
            when countback.is_before_data then 'sales of before the data are not known'
            when countback.dso_days is null then 'nothing receivable'
            when countback.is_capped then 'capped at 12 months'
            when countback.unconverted_amount > 0 then 'exchange rate missing'
        end as status_reason
    from countback_days as countback
    inner join balances
        on
            countback.month_start = balances.month_start
            and countback.dimension = balances.dimension
            and countback.dimension_value = balances.dimension_value
),

targets as (
    select
        period_start as valid_from,
        coalesce(period_end, date '9999-12-31') as valid_to,
        cast(baseline_value as double) as baseline_days
    from {{ ref('crm_kpi_target') }}
    where
        metric_name = 'dso_countback'
        and coalesce(nullif(dim_name, ''), 'total') = 'total'
        and baseline_value is not null
),

period_ends as (
    select
        windows.*,
        balances.month_end
    from windows
    inner join balances
        on
            windows.last_month = balances.month_start
            and windows.dimension = balances.dimension
            and windows.dimension_value = balances.dimension_value
    where windows.grain in ('quarter', 'r12m') and windows.dimension = 'total'
),

-- The narrowest row that contains the end of the period.
with_baselines as (
    select
        period_ends.*,
        targets.baseline_days
    from period_ends
    left join targets
        on period_ends.month_end between targets.valid_from and targets.valid_to
    qualify row_number() over (
            partition by period_ends.grain, period_ends.period_start
            order by
                {{ days_between('targets.valid_from', 'targets.valid_to') }} asc nulls last,
                targets.valid_from desc
        ) = 1
),

benefit_cells as (
    select
        'cash_benefit_dso_reduction' as metric_name,
        with_baselines.grain,
        with_baselines.period_start,
        'total' as dimension,
        'total' as dimension_value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        case
            when not countback.is_mostly_unconverted
                then with_baselines.baseline_days - countback.dso_days
        end
        * with_baselines.sales_amount / nullif(cast(with_baselines.day_count as double), 0)
        * {{ parameter('capital_cost_pa') }} as value,
        with_baselines.month_count as n,
        cast(null as double) as unconverted_amount,
        with_baselines.is_warming_up,
        case
            when with_baselines.baseline_days is null or countback.is_before_data then 'no_data'
            when countback.dso_days is null then 'not_applicable'
            when countback.unconverted_amount > 0 then 'partial'
        end as forced_status,
        case
            when with_baselines.baseline_days is null
                then 'no baseline of dso_countback in kpi_target'
            when countback.is_before_data then 'sales of before the data are not known'
            when countback.dso_days is null then 'nothing receivable'
            else 'baseline=' || cast(round(with_baselines.baseline_days, 1) as varchar)
                || ' days, dso=' || cast(round(countback.dso_days, 1) as varchar) || ' days'
        end as status_reason
    from with_baselines
    left join countback_days as countback
        on
            with_baselines.last_month = countback.month_start
            and countback.dimension = 'total'
),

all_cells as (
    select * from simple_cells
    union all
    select * from countback_cells
    union all
    select * from benefit_cells
),

-- Without the receivables of before the data the first months look better than they were.
cells as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value,
        n,
        unconverted_amount,
        case when is_warming_up then 'no_data' else forced_status end as forced_status,
        case
            when is_warming_up then 'receivables of before the data are not known'
            else status_reason
        end as status_reason
    from all_cells
)

{{ select_cells('cells', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
    'denominator', 'value', 'n', 'unconverted_amount', 'forced_status', 'status_reason',
]) }}
