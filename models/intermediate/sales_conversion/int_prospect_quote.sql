-- Offers to accounts that had never bought, and the customers won with them, each counted with the
-- first offer of the deal that won it.
with quotes as (
    select *
    from {{ ref('fct_quote') }}
    where sending_customer_type = 'new'
),

-- The first sale is a matter of the deal's day, not of its lines: it exists without any.
first_sales as (
    select
        opportunity_id,
        classified_on as closed_on
    from {{ ref('int_sale_occasion') }}
    where
        occasion = 'outcome'
        and is_won
        and account_id is not null
        and classified_on = first_win_on
        and not has_spell_before_grace
),

winning_quotes as (
    select
        quotes.quote_family_id,
        quotes.opportunity_id
    from quotes
    inner join first_sales
        on quotes.opportunity_id = first_sales.opportunity_id
    where
        {{ days_between('quotes.first_sent_on', 'first_sales.closed_on') }}
        <= {{ parameter('quote_cohort_days') }}
    -- An account is won once, also with two deals on its first day.
    qualify row_number() over (
            partition by quotes.account_id
            order by quotes.first_sent_at, quotes.opportunity_id, quotes.quote_family_id
        ) = 1
)

select
    quotes.quote_family_id,
    quotes.opportunity_id,
    quotes.account_id,
    quotes.first_sent_on,
    cast({{ date_plus_days('quotes.first_sent_on', parameter('quote_cohort_days')) }} as date)
        as mature_on,
    winning_quotes.quote_family_id is not null as is_customer_won,
    quotes.sending_rep as rep,
    quotes.region,
    quotes.segment,
    quotes.lead_source
from quotes
left join winning_quotes
    on
        quotes.quote_family_id = winning_quotes.quote_family_id
        and quotes.opportunity_id = winning_quotes.opportunity_id
