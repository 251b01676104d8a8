{#- Columns whose newest value moves as_of. Rows that may lie in the future do not count: planned
    activities, committed cost, contract and campaign starts. -#}
{%- set happened = [
    ('login_history', 'event_at', none),
    ('lead', 'created_at', none),
    ('opportunity', 'created_at', none),
    ('opportunity', 'closed_at', none),
    ('quote', 'sent_at', none),
    ('activity', 'started_at', 'completed_at is not null'),
    ('campaign_member', 'enrolled_at', none),
    ('support_case', 'created_at', none),
    ('feedback', 'coalesce(invited_at, responded_at)', none),
    ('employee_survey_response', 'invited_at', none),
    ('invoice', 'invoice_date', none),
    ('payment', 'paid_at', none),
    ('cost_entry', 'cost_date', "coalesce(entry_type, 'actual') = 'actual'"),
    ('field_history', 'changed_at', none),
] -%}
{%- set tables_with_currency = [] %}
{%- for table, spec in crm_contract().items() %}
{%- if 'currency' in spec.columns and table != 'currency_rate' %}
{%- do tables_with_currency.append(table) %}
{%- endif %}
{%- endfor %}
with happened as (
    {%- for table, expression, condition in happened %}
    select
        min({{ event_date(table, expression) }}) as first_date,
        max({{ event_date(table, expression) }}) as last_date
    from {{ ref('crm_' ~ table) }}
    {%- if condition %}
    where {{ condition }}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Contracts are older than the systems they are moved into, and those that had ended by then are
-- not moved along: only a load that holds nothing else is dated by contract or campaign starts.
planned as (
    select
        min(start_date) as first_date,
        max(start_date) as last_date
    from {{ ref('crm_contract_line') }}
    union all
    select
        min(start_date) as first_date,
        max(start_date) as last_date
    from {{ ref('crm_campaign') }}
),

currencies as (
    {%- for table in tables_with_currency %}
    select distinct currency
    from {{ ref('crm_' ~ table) }}
    where currency is not null
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

currency_counts as (
    select case when count(*) = 1 then max(currency) end as only_currency
    from currencies
),

settings as (
    select
        coalesce(
            cast({{ text_or_null(var('as_of_date')) }} as date),
            (select max(last_date) from happened),
            (select max(last_date) from planned)
        ) as as_of,
        coalesce(
            (select min(first_date) from happened),
            (select min(first_date) from planned)
        ) as first_date,
        coalesce(
            cast({{ text_or_null(var('reporting_currency')) }} as varchar),
            (select only_currency from currency_counts),
            'EUR'
        ) as reporting_currency
)

select
    as_of,
    {{ local_to_utc(
        'cast(' ~ date_plus_days('as_of', 1) ~ ' as timestamp)', "'" ~ var('reporting_tz') ~ "'"
    ) }} as as_of_at,
    {{ month_start('first_date') }} as first_month,
    cast(reporting_currency as varchar) as reporting_currency
from settings
