-- MRR movements per account. Both ends of a month are valued at the rate of its opening, so a
-- currency that moves is no movement of the customer (G4); hence a closing need not equal the next
-- opening.
with months as (
    select distinct month_start
    from {{ ref('dim_date') }}
    where has_happened
),

lines_at_month_end as (
    select * from {{ ref('int_mrr_line_month') }}
),

both_ends as (
    select
        account_id,
        month_start,
        currency,
        0.0 as opening_amount,
        mrr_amount as closing_amount,
        contracted_mrr_amount as contracted_amount,
        month_end
    from lines_at_month_end
    union all
    select
        lines_at_month_end.account_id,
        months.month_start,
        lines_at_month_end.currency,
        lines_at_month_end.mrr_amount as opening_amount,
        0.0 as closing_amount,
        0.0 as contracted_amount,
        cast(null as date) as month_end
    from lines_at_month_end
    inner join months
        on months.month_start = {{ date_plus_months('lines_at_month_end.month_start', 1) }}
),

by_currency as (
    select
        account_id,
        month_start,
        currency,
        sum(opening_amount) as opening_amount,
        sum(closing_amount) as closing_amount,
        sum(contracted_amount) as contracted_amount,
        max(month_end) as month_end
    from both_ends
    group by account_id, month_start, currency
),

converted as (
    select
        by_currency.account_id,
        by_currency.month_start,
        {{ reporting_amount('by_currency.opening_amount', 'by_currency.currency', 'opening_fx') }}
            as opening_amount,
        {{ reporting_amount('by_currency.closing_amount', 'by_currency.currency', 'opening_fx') }}
            as closing_amount,
        {{ reporting_amount(
            'by_currency.contracted_amount', 'by_currency.currency', 'closing_fx'
        ) }}
            as contracted_amount,
        {{ unconverted_amount(
            'greatest(by_currency.opening_amount, by_currency.closing_amount)',
            'by_currency.currency', 'opening_fx'
        ) }} as unconverted_amount
    from by_currency
    {{ fx_join(
        'opening_fx', 'by_currency.currency', date_plus_days('by_currency.month_start', -1)
    ) }}
    {{ fx_join('closing_fx', 'by_currency.currency', 'by_currency.month_end') }}
),

-- A customer month without any line at either end (joined and left inside it) has no movement.
accounts as (
    select
        converted.account_id,
        converted.month_start,
        coalesce(sum(converted.opening_amount), 0.0) as opening_mrr_amount,
        coalesce(sum(converted.closing_amount), 0.0) as closing_mrr_amount,
        coalesce(sum(converted.contracted_amount), 0.0) as contracted_mrr_amount,
        sum(converted.unconverted_amount) as unconverted_amount
    from converted
    group by converted.account_id, converted.month_start
),

with_spells as (
    select
        accounts.*,
        customers.opening_spell_no,
        customers.closing_spell_no,
        customers.opening_spell_no = customers.closing_spell_no as is_same_spell
    from accounts
    inner join {{ ref('int_customer_month') }} as customers
        on
            accounts.account_id = customers.account_id
            and accounts.month_start = customers.month_start
)

select
    account_id,
    month_start,
    opening_mrr_amount,
    case when closing_spell_no = 1 and opening_spell_no is null then closing_mrr_amount else 0.0 end
        as new_mrr_amount,
    case when is_same_spell then greatest(closing_mrr_amount - opening_mrr_amount, 0.0) else 0.0 end
        as expansion_mrr_amount,
    case when is_same_spell then greatest(opening_mrr_amount - closing_mrr_amount, 0.0) else 0.0 end
        as contraction_mrr_amount,
    case
        when opening_spell_no is not null and not coalesce(is_same_spell, false)
            then opening_mrr_amount
        else 0.0
    end as churn_mrr_amount,
    case
        when closing_spell_no > 1 and not coalesce(is_same_spell, false) then closing_mrr_amount
        else 0.0
    end as reactivation_mrr_amount,
    closing_mrr_amount,
    contracted_mrr_amount,
    unconverted_amount
from with_spells
