-- What must be equal by definition, on the published tables: the parts of the return are the
-- margins and the cost blocks of the other areas, the cost split is of the same cost and complete,
-- equity is the expectation of the customer months and at least what customer value counts, reviews
-- are those of the fact, and no board has more headlines than the company.
with governance as (
    select *
    from {{ ref('kpi_governance') }}
    where value_status not in ('no_data', 'suppressed') and numerator is not null
),

years as (
    select
        period_start,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
),

blocks as (
    select
        month_start,
        'cost' as block,
        cost_amount as amount
    from {{ ref('int_acquisition_cost_month') }}
    union all
    select
        month_start,
        'cost' as block,
        cost_amount as amount
    from {{ ref('int_retention_cost_month') }}
    union all
    select
        month_start,
        'cost' as block,
        cost_amount as amount
    from {{ ref('int_service_cost_month') }}
    union all
    select
        period_start as month_start,
        'cost' as block,
        numerator as amount
    from {{ ref('kpi_cost_of_ownership') }}
    where
        metric_name = 'tco_actual' and grain = 'month' and dimension = 'total'
        and numerator is not null
    union all
    select
        invoice_month as month_start,
        'margin' as block,
        cm1_amount as amount
    from {{ ref('int_invoice_margin') }}
    where account_id is not null and cm1_amount is not null
),

year_blocks as (
    select
        years.period_start,
        sum(case when blocks.block = 'cost' then blocks.amount else 0.0 end) as cost_amount,
        sum(case when blocks.block = 'margin' then blocks.amount else 0.0 end) as margin_amount
    from years
    inner join blocks
        on years.month_start = blocks.month_start
    group by years.period_start
),

shares as (
    select
        period_start,
        sum(numerator) as cost_amount,
        sum(value) as share_sum,
        count_if(value is null) as unknown_count,
        max(denominator) as whole_amount
    from governance
    where metric_name = 'relationship_cost_split' and dimension = 'cost_category'
    group by period_start
),

returns as (
    select *
    from governance
    where metric_name = 'customer_relationship_roi' and dimension = 'total'
),

equity as (
    select
        month_start,
        sum(predictive_clv_amount) as equity_amount,
        count(predictive_clv_amount) as customer_count
    from {{ ref('fct_customer_month') }}
    where is_active_at_end
    group by month_start
),

reviews as (
    select
        {{ month_start('due_on') }} as month_start,
        count_if(is_on_time) as on_time_count,
        count(*) as due_count
    from {{ ref('fct_kpi_review') }}
    group by {{ month_start('due_on') }}
),

problems as (
    select
        'the parts of the return are not those of the other areas' as problem,
        returns.period_start,
        year_blocks.cost_amount as expected,
        returns.denominator as found
    from returns
    left join year_blocks
        on returns.period_start = year_blocks.period_start
    where
        not coalesce(abs(returns.denominator - year_blocks.cost_amount) <= 0.01, false)
        or not coalesce(
            abs(returns.numerator + returns.denominator - year_blocks.margin_amount) <= 0.01, false
        )
    union all
    select
        'the cost split is not of the same cost, or not complete' as problem,
        returns.period_start,
        returns.denominator as expected,
        shares.cost_amount as found
    from returns
    left join shares
        on returns.period_start = shares.period_start
    where
        not coalesce(
            abs(shares.cost_amount - returns.denominator) <= 0.01
            and abs(shares.whole_amount - returns.denominator) <= 0.01
            and (shares.unknown_count > 0 or abs(shares.share_sum - 1) <= 1e-9),
            false
        )
    union all
    select
        'equity is not what the customers are expected to bring' as problem,
        governance.period_start,
        equity.equity_amount as expected,
        governance.numerator as found
    from governance
    left join equity
        on governance.period_start = equity.month_start
    where
        governance.metric_name = 'customer_equity_amount'
        and governance.dimension = 'total'
        and not coalesce(
            abs(equity.equity_amount - governance.numerator) <= 0.01
            and equity.customer_count = governance.n,
            false
        )
    union all
    select
        'customer value counts other customers than equity' as problem,
        governance.period_start,
        customer_value.numerator as expected,
        governance.numerator as found
    from governance
    inner join {{ ref('kpi_customer_value') }} as customer_value
        on
            governance.grain = customer_value.grain
            and governance.period_start = customer_value.period_start
    where
        governance.metric_name = 'customer_equity_amount'
        and governance.dimension = 'total'
        and customer_value.metric_name = 'customer_lifetime_value_net'
        and customer_value.dimension = 'variant'
        and customer_value.dimension_value = 'predictive'
        and (
            customer_value.n > governance.n
            or (
                customer_value.n = governance.n
                and abs(customer_value.numerator - governance.numerator) > 0.01
            )
        )
    union all
    select
        'reviews are not those of the fact' as problem,
        governance.period_start,
        cast(reviews.on_time_count as double) as expected,
        governance.numerator as found
    from governance
    left join reviews
        on governance.period_start = reviews.month_start
    where
        governance.metric_name = 'kpi_review_on_time_rate'
        and governance.grain = 'month'
        and governance.dimension = 'total'
        and (
            coalesce(reviews.on_time_count, 0) <> governance.numerator
            or coalesce(reviews.due_count, 0) <> governance.denominator
        )
    union all
    select
        'a board has more headlines than the company' as problem,
        boards.period_start,
        totals.value as expected,
        boards.value as found
    from governance as boards
    inner join governance as totals
        on
            boards.metric_name = totals.metric_name
            and boards.period_start = totals.period_start
            and totals.dimension = 'total'
    where
        boards.metric_name = 'headline_kpi_count'
        and boards.dimension = 'board'
        and boards.value > totals.value
)

select * from problems
