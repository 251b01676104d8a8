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

-- Contracts are older than the systems they are moved into, and those that had ended by then are not
-- moved along: only a load that holds nothing else is dated by contract or campaign starts.
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
    {%- for table, columns in crm_contract().items() if 'currency' in columns.columns and table != 'currency_rate' %}
    select distinct currency
    from {{ ref('crm_' ~ table) }}
    where currency is not null
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

settings as (
    select
        {%- if var('as_of_date') %}
        cast('{{ var('as_of_date') }}' as date) as as_of,
        {%- else %}
        coalesce(
            (select max(last_date) from happened),
            (select max(last_date) from planned)
        ) as as_of,
        {%- endif %}
        coalesce(
            (select min(first_date) from happened),
            (select min(first_date) from planned)
        ) as first_date,
        {%- if var('reporting_currency') %}
        '{{ var('reporting_currency') }}' as reporting_currency
        {%- else %}
        case when (select count(*) from currencies) = 1 then (select max(currency) from currencies) else 'EUR' end
            as reporting_currency
        {%- endif %}
)

select
    as_of,
    {{ local_to_utc(
        'cast(' ~ date_plus_days('as_of', 1) ~ ' as timestamp)', "'" ~ var('reporting_tz') ~ "'"
    ) }} as as_of_at,
    {{ month_start('first_date') }} as first_month,
    cast(reporting_currency as varchar) as reporting_currency
from settings
