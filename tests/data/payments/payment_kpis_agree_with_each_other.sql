-- What must be equal by definition, on the published table: the term and the delay are the days to
-- pay; the current part of the receivables is never above all of them; what is collected is what
-- was to be collected less what is still open; the share past due is the gap between both DSO
-- readings, where nothing is owed to customers; counting back never counts more than a year; and
-- net sales less credit notes are those of the margins.
with kpi as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value
    from {{ ref('kpi_payments') }}
    where value_status not in ('no_data', 'suppressed')
),

totals as (
    select * from kpi
    where dimension = 'total'
),

paid as (
    select
        {{ month_start('ledger.event_on') }} as period_start,
        -sum(ledger.amount) as paid_amount
    from {{ ref('fct_invoice_ledger') }} as ledger
    where
        ledger.event in ('payment', 'reversal')
        and ledger.document_type = 'invoice'
        and ledger.currency = {{ reporting_currency() }}
    group by {{ month_start('ledger.event_on') }}
),

owed_to_customers as (
    select
        month_start as period_start,
        sum(receivable_amount) as owed_amount
    from {{ ref('int_receivable_month') }}
    where open_amount < 0
    group by month_start
),

problems as (
    select
        'term and delay are not the days to pay' as problem,
        totals.metric_name,
        totals.grain,
        totals.period_start,
        totals.numerator as expected,
        sum(parts.numerator) as found
    from totals
    inner join kpi as parts
        on
            totals.metric_name = parts.metric_name
            and totals.grain = parts.grain
            and totals.period_start = parts.period_start
            and parts.dimension = 'component'
    where totals.metric_name = 'days_to_pay'
    group by totals.metric_name, totals.grain, totals.period_start, totals.numerator
    -- Amount times days is a number of many digits: at 1e11 the last one of a double is 0.00002.
    having
        abs(totals.numerator - sum(parts.numerator))
        > greatest(0.01, 1e-12 * abs(totals.numerator))
    union all
    select
        'more was paid in the reporting currency than in all' as problem,
        totals.metric_name,
        totals.grain,
        totals.period_start,
        paid.paid_amount as expected,
        totals.denominator as found
    from totals
    inner join paid
        on totals.period_start = paid.period_start
    where
        totals.metric_name = 'days_to_pay'
        and totals.grain = 'month'
        and paid.paid_amount > totals.denominator + 0.01
    union all
    select
        'best possible DSO above the DSO' as problem,
        best.metric_name,
        best.grain,
        best.period_start,
        simple.value as expected,
        best.value as found
    from kpi as best
    inner join kpi as simple
        on
            best.grain = simple.grain
            and best.period_start = simple.period_start
            and best.dimension = simple.dimension
            and best.dimension_value = simple.dimension_value
            and simple.metric_name = 'dso_simple'
    where best.metric_name = 'best_possible_dso' and best.value > simple.value + 1e-6
    union all
    select
        'DSO gap is not the overdue share' as problem,
        overdue.metric_name,
        overdue.grain,
        overdue.period_start,
        (simple.numerator - best.numerator) / nullif(
            simple.numerator - {{ days_between(
                'simple.period_start', date_plus_months('simple.period_start', 1)
            ) }} * coalesce(owed_to_customers.owed_amount, 0.0), 0
        ) as expected,
        overdue.value as found
    from totals as overdue
    inner join totals as simple
        on
            overdue.period_start = simple.period_start
            and simple.metric_name = 'dso_simple'
            and simple.grain = 'month'
    inner join totals as best
        on
            overdue.period_start = best.period_start
            and best.metric_name = 'best_possible_dso'
            and best.grain = 'month'
    left join owed_to_customers
        on overdue.period_start = owed_to_customers.period_start
    where
        overdue.metric_name = 'overdue_rate'
        and overdue.grain = 'month'
        and {{ date_plus_months('overdue.period_start', 1) }}
        <= {{ date_plus_days(as_of_date(), 1) }}
        and abs(
            (simple.numerator - best.numerator) / nullif(
                simple.numerator - {{ days_between(
                    'simple.period_start', date_plus_months('simple.period_start', 1)
                ) }} * coalesce(owed_to_customers.owed_amount, 0.0), 0
            ) - overdue.value
        ) > 1e-6
    union all
    select
        'more than a year of sales is open' as problem,
        metric_name,
        grain,
        period_start,
        366.0 as expected,
        value as found
    from kpi
    where metric_name = 'dso_countback' and not (value > 0 and value <= 366)
    union all
    select
        'collected is not opening + sales - closing' as problem,
        collected.metric_name,
        collected.grain,
        collected.period_start,
        opening.receivable_amount + closing.sales_amount - closing.receivable_amount as expected,
        collected.numerator as found
    from totals as collected
    inner join {{ ref('int_receivable_balance') }} as closing
        on
            collected.period_start = closing.month_start
            and closing.dimension = 'total'
    inner join {{ ref('int_receivable_balance') }} as opening
        on
            opening.month_start = {{ date_plus_months('collected.period_start', -1) }}
            and opening.dimension = 'total'
    where
        collected.metric_name = 'collection_effectiveness_index'
        and abs(
            opening.receivable_amount + closing.sales_amount - closing.receivable_amount
            - collected.numerator
        ) > 0.01
)

select *
from problems
