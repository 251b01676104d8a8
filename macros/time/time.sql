{#- Time: storage is UTC, days are days of `var('reporting_tz')` (G3). DATE columns are never shifted. -#}

{#- Local day of a UTC timestamp in the reporting zone. -#}
{% macro reporting_date(utc_timestamp) -%}
    cast({{ reporting_timestamp(utc_timestamp) }} as date)
{%- endmacro %}

{#- Local wall-clock time of a UTC timestamp in the reporting zone. -#}
{% macro reporting_timestamp(utc_timestamp) -%}
    {{ utc_to_local(utc_timestamp, "'" ~ var('reporting_tz') ~ "'") }}
{%- endmacro %}

{#- The day the warehouse looks at: `var('as_of_date')`, else the newest event that has happened. -#}
{% macro as_of_date() -%}
    (select as_of from {{ ref('meta_reporting') }})
{%- endmacro %}

{#- The end of that day as a UTC timestamp; what happens later has not happened yet. -#}
{% macro as_of_timestamp() -%}
    (select as_of_at from {{ ref('meta_reporting') }})
{%- endmacro %}

{% macro reporting_currency() -%}
    (select reporting_currency from {{ ref('meta_reporting') }})
{%- endmacro %}

{% macro month_start(date_value) -%}
    cast(date_trunc('month', {{ date_value }}) as date)
{%- endmacro %}

{#- Monday of the ISO week. -#}
{% macro iso_week_start(date_value) -%}
    cast(date_trunc('week', {{ date_value }}) as date)
{%- endmacro %}

{#- The month an ISO week belongs to: the one of its Thursday. -#}
{% macro iso_week_month(week_start) -%}
    {{ month_start(date_plus_days(week_start, 3)) }}
{%- endmacro %}

{#- First day of the fiscal quarter (months=3) or year (months=12) a date lies in. -#}
{% macro fiscal_period_start(date_value, months, start_month=none) -%}
    {%- set shift = (start_month or var('fiscal_year_start_month')) - 1 -%}
    {%- set unit = "'quarter'" if months == 3 else "'year'" -%}
    {%- if shift -%}
    {{ date_plus_months(
        'date_trunc(' ~ unit ~ ', ' ~ date_plus_months(date_value, -shift) ~ ')', shift) }}
    {%- else -%}
    cast(date_trunc({{ unit }}, {{ date_value }}) as date)
    {%- endif -%}
{%- endmacro %}

{#- The first and the last instant of a local day, in UTC. -#}
{% macro day_start_at(local_date) -%}
    {{ local_to_utc('cast(' ~ local_date ~ ' as timestamp)', "'" ~ var('reporting_tz') ~ "'") }}
{%- endmacro %}

{% macro day_end_at(local_date) -%}
    ({{ day_start_at(date_plus_days(local_date, 1)) }} - interval '1' second)
{%- endmacro %}
