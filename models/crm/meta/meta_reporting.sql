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
with newest as (
    {%- for table, expression, condition in happened %}
    select max({{ event_date(table, expression) }}) as event_date
    from {{ ref('crm_' ~ table) }}
    {%- if condition %}
    where {{ condition }}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Only a load that holds nothing else is dated by contract or campaign starts.
planned as (
    select max(start_date) as event_date
    from {{ ref('crm_contract_line') }}
    union all
    select max(start_date) as event_date
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
            (select max(event_date) from newest),
            (select max(event_date) from planned)
        ) as as_of,
        {%- endif %}
        {%- if var('reporting_currency') %}
        '{{ var('reporting_currency') }}' as reporting_currency
        {%- else %}
        case when (select count(*) from currencies) = 1 then (select max(currency) from currencies) else 'EUR' end
            as reporting_currency
        {%- endif %}
)

select
    as_of,
    -- The first instant of the next local day, one microsecond is not worth a special case.
    {{ local_to_utc('cast(' ~ date_plus_days('as_of', 1) ~ ' as timestamp)', "'" ~ var('reporting_tz') ~ "'") }} as as_of_at,
    cast(reporting_currency as varchar) as reporting_currency
from settings
