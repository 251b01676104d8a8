{%- set phases = [
    ('lead_sql', 'leads.created_on', 'leads.sql_on'),
    ('sql_opp', 'leads.sql_on', 'deals.created_on'),
    ('opp_quote', 'deals.created_on', 'quotes.first_sent_on'),
    ('quote_won', 'quotes.first_sent_on', 'case when deals.is_won then deals.closed_on end'),
    ('won_invoice', 'case when deals.is_won then deals.closed_on end', 'cash.first_invoice_on'),
    ('invoice_due', 'cash.first_invoice_on', 'cash.first_due_on'),
    ('due_paid', 'cash.first_due_on', 'cash.first_settled_on'),
] -%}
-- The way from lead to cash in phases, dated by their end. A phase that ends before it begins (an
-- offer written after the win, money before the due date) takes no time and is flagged.
with deals as (
    select * from {{ ref('fct_opportunity') }}
),

leads as (
    select * from {{ ref('int_deal_lead') }}
),

quotes as (
    select
        opportunity_id,
        first_sent_on
    from {{ ref('int_quote_family') }}
    where is_first_of_deal
),

cash as (
    select * from {{ ref('int_deal_cash') }}
),

-- Each phase reads two of the joined tables, so the rule on unused joins (ST11) does not fit here.
phases as (
    {%- for phase, from_date, to_date in phases %}
    select
        deals.opportunity_id,
        '{{ phase }}' as phase,
        {{ loop.index }} as phase_no,
        {{ from_date }} as started_on,
        {{ to_date }} as ended_on,
        deals.region,
        deals.segment
    from deals
    left join leads -- noqa: ST11
        on deals.opportunity_id = leads.opportunity_id
    left join quotes -- noqa: ST11
        on deals.opportunity_id = quotes.opportunity_id
    left join cash -- noqa: ST11
        on deals.opportunity_id = cash.opportunity_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    opportunity_id,
    phase,
    phase_no,
    started_on,
    ended_on,
    cast(greatest({{ days_between('started_on', 'ended_on') }}, 0) as integer) as phase_days,
    ended_on < started_on as is_reversed,
    region,
    segment
from phases
where
    started_on is not null
    and ended_on is not null
    and ended_on <= {{ as_of_date() }}
