-- The strata of the post-stratified NPS: what each country answered, and how many customers stand
-- behind it at the end of the period.
with answers as (
    select
        grain,
        period_start,
        period_end,
        coalesce(country, '(unknown)') as country,
        count(*) as answer_count,
        count_if(is_promoter) as promoter_count,
        count_if(is_detractor) as detractor_count
    from {{ ref('int_nps_answer') }}
    group by grain, period_start, period_end, coalesce(country, '(unknown)')
),

customers as (
    select
        month_start,
        upper(country) as country,
        count(*) as customer_count
    from {{ ref('fct_customer_month') }}
    where is_active_at_end and country is not null
    group by month_start, upper(country)
),

all_customers as (
    select
        month_start,
        sum(customer_count) as customer_count
    from customers
    group by month_start
),

strata as (
    select
        answers.*,
        coalesce(customers.customer_count, 0) as customer_count,
        all_customers.customer_count as all_customer_count,
        (answers.promoter_count - answers.detractor_count)
        / nullif(cast(answers.answer_count as double), 0) as balance,
        (answers.promoter_count + answers.detractor_count)
        / nullif(cast(answers.answer_count as double), 0) as squared_balance
    from answers
    left join customers
        on
            answers.country = customers.country
            and {{ month_start('least(answers.period_end, ' ~ as_of_date() ~ ')') }}
            = customers.month_start
    left join all_customers
        on
            {{ month_start('least(answers.period_end, ' ~ as_of_date() ~ ')') }}
            = all_customers.month_start
)

select
    grain,
    period_start,
    period_end,
    country,
    answer_count,
    promoter_count,
    answer_count - promoter_count - detractor_count as passive_count,
    detractor_count,
    100 * balance as nps,
    -- In points squared; the variance of the mean of +1, 0, -1.
    10000 * greatest(squared_balance - balance * balance, 0)
    / nullif(cast(answer_count as double), 0) as variance,
    customer_count,
    all_customer_count,
    customer_count / nullif(
        cast(sum(customer_count) over (partition by grain, period_start) as double), 0
    ) as weight
from strata
