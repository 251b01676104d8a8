-- The MRR a rolling year began with and what it has become, account by account, point to point.
-- Both ends are valued at the rate of the beginning: a currency that moves is no expansion (G4).
with years as (
    select
        period_start,
        least(max(period_end), {{ as_of_date() }}) as period_end,
        max(base_start) as last_month,
        {{ date_plus_months('period_start', -1) }} as month_before
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
    group by period_start
),

both_ends as (
    select
        years.period_start,
        lines.account_id,
        lines.currency,
        lines.mrr_amount as opening_amount,
        0.0 as closing_amount
    from years
    inner join {{ ref('int_mrr_line_month') }} as lines
        on years.month_before = lines.month_start
    union all
    select
        years.period_start,
        lines.account_id,
        lines.currency,
        0.0 as opening_amount,
        lines.mrr_amount as closing_amount
    from years
    inner join {{ ref('int_mrr_line_month') }} as lines
        on years.last_month = lines.month_start
),

by_currency as (
    select
        period_start,
        account_id,
        currency,
        sum(opening_amount) as opening_amount,
        sum(closing_amount) as closing_amount
    from both_ends
    group by period_start, account_id, currency
),

accounts as (
    select
        by_currency.period_start,
        by_currency.account_id,
        coalesce(sum({{ reporting_amount(
            'by_currency.opening_amount', 'by_currency.currency', 'opening_fx'
        ) }}), 0.0) as opening_mrr_amount,
        coalesce(sum({{ reporting_amount(
            'by_currency.closing_amount', 'by_currency.currency', 'opening_fx'
        ) }}), 0.0) as closing_mrr_amount,
        sum({{ unconverted_amount(
            'by_currency.opening_amount', 'by_currency.currency', 'opening_fx'
        ) }}) as unconverted_amount,
        sum(by_currency.opening_amount) as opening_amount
    from by_currency
    {{ fx_join(
        'opening_fx', 'by_currency.currency', date_plus_days('by_currency.period_start', -1)
    ) }}
    group by by_currency.period_start, by_currency.account_id
)

select
    'r12m' as grain,
    accounts.period_start,
    accounts.account_id,
    customers.segment,
    customers.region,
    customers.cohort_year,
    customers.opening_tenure_band as tenure_band,
    accounts.opening_mrr_amount,
    accounts.closing_mrr_amount,
    least(accounts.opening_mrr_amount, accounts.closing_mrr_amount) as kept_mrr_amount,
    accounts.unconverted_amount,
    case
        when customers.opening_spell_churn_date <= years.period_end
            then customers.opening_spell_confirmed_on
    end as confirmed_on
from accounts
inner join years
    on accounts.period_start = years.period_start
left join {{ ref('fct_customer_month') }} as customers
    on
        accounts.account_id = customers.account_id
        and accounts.period_start = customers.month_start
-- Who had nothing at the start is new business, not retention.
where accounts.opening_amount > 0
