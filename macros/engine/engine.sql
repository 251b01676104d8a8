{#- Everything the engines spell differently. DuckDB is the default; a `spark__` macro of the same
    name overrides it. No other folder holds engine-specific SQL. -#}

{% macro date_from_text(text, strptime_format) %}
    {{- return(adapter.dispatch('date_from_text')(text, strptime_format)) -}}
{% endmacro %}

{% macro default__date_from_text(text, strptime_format) -%}
    try_strptime({{ text }}, '{{ strptime_format }}')
{%- endmacro %}

{% macro matches(text, pattern) %}
    {{- return(adapter.dispatch('matches')(text, pattern)) -}}
{% endmacro %}

{% macro default__matches(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro replace_pattern(text, pattern, replacement) %}
    {{- return(adapter.dispatch('replace_pattern')(text, pattern, replacement)) -}}
{% endmacro %}

{% macro default__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro epoch_to_timestamp(seconds) %}
    {{- return(adapter.dispatch('epoch_to_timestamp')(seconds)) -}}
{% endmacro %}

{% macro default__epoch_to_timestamp(seconds) -%}
    make_timestamp(cast(round({{ seconds }} * 1000000) as bigint))
{%- endmacro %}

{#- Naive local time to UTC. A time in the autumn fold is the second one (standard time), a time in
    the spring gap moves forward by the hour, as PostgreSQL reads them. -#}
{% macro local_to_utc(local_timestamp, time_zone) %}
    {{- return(adapter.dispatch('local_to_utc')(local_timestamp, time_zone)) -}}
{% endmacro %}

{% macro default__local_to_utc(local_timestamp, time_zone) -%}
    timezone('UTC', timezone({{ time_zone }}, {{ local_timestamp }}))
{%- endmacro %}

{% macro utc_to_local(utc_timestamp, time_zone) %}
    {{- return(adapter.dispatch('utc_to_local')(utc_timestamp, time_zone)) -}}
{% endmacro %}

{% macro default__utc_to_local(utc_timestamp, time_zone) -%}
    timezone({{ time_zone }}, timezone('UTC', {{ utc_timestamp }}))
{%- endmacro %}

{#- ISO text that carries an offset (`Z`, `+01:00`) to UTC; the session time zone is UTC. -#}
{% macro offset_text_to_utc(text) %}
    {{- return(adapter.dispatch('offset_text_to_utc')(text)) -}}
{% endmacro %}

{% macro default__offset_text_to_utc(text) -%}
    timezone('UTC', try_cast({{ text }} as timestamptz))
{%- endmacro %}

{#- Whole days from one date to a later one. -#}
{% macro days_between(from_date, to_date) %}
    {{- return(adapter.dispatch('days_between')(from_date, to_date)) -}}
{% endmacro %}

{% macro default__days_between(from_date, to_date) -%}
    date_diff('day', {{ from_date }}, {{ to_date }})
{%- endmacro %}

{#- Minutes between two timestamps, fractions kept (double). -#}
{% macro minutes_between(from_timestamp, to_timestamp) %}
    {{- return(adapter.dispatch('minutes_between')(from_timestamp, to_timestamp)) -}}
{% endmacro %}

{% macro default__minutes_between(from_timestamp, to_timestamp) -%}
    (date_diff('second', {{ from_timestamp }}, {{ to_timestamp }}) / 60.0)
{%- endmacro %}

{#- A date some days or months later (or earlier: negative). The result is a date. -#}
{% macro date_plus_days(date_value, days) %}
    {{- return(adapter.dispatch('date_plus_days')(date_value, days)) -}}
{% endmacro %}

{% macro default__date_plus_days(date_value, days) -%}
    ({{ date_value }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro date_plus_months(date_value, months) %}
    {{- return(adapter.dispatch('date_plus_months')(date_value, months)) -}}
{% endmacro %}

{% macro default__date_plus_months(date_value, months) -%}
    cast({{ date_value }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro iso_weekday(date_value) %}
    {{- return(adapter.dispatch('iso_weekday')(date_value)) -}}
{% endmacro %}

{% macro default__iso_weekday(date_value) -%}
    isodow({{ date_value }})
{%- endmacro %}

{#- The position of a row in its seed, for rejects and for "the latest of a repeated key wins". Seeds
    are small and read in the order of their file. -#}
{% macro seed_row_number() %}
    {{- return(adapter.dispatch('seed_row_number')()) -}}
{% endmacro %}

{% macro default__seed_row_number() -%}
    row_number() over ()
{%- endmacro %}

{#- All columns of a relation after those of an empty typed one, missing ones NULL. -#}
{% macro union_by_name() %}
    {{- return(adapter.dispatch('union_by_name')()) -}}
{% endmacro %}

{% macro default__union_by_name() -%}
    union all by name
{%- endmacro %}

{#- The distinct texts of a group in one, ordered, with a separator. -#}
{% macro join_text(expression, separator) %}
    {{- return(adapter.dispatch('join_text')(expression, separator)) -}}
{% endmacro %}

{% macro default__join_text(expression, separator) -%}
    string_agg(distinct {{ expression }}, '{{ separator }}' order by {{ expression }})
{%- endmacro %}

{#- One text for all rows of a group, whatever their order: rows of another value give another text. -#}
{% macro rows_checksum(columns) %}
    {{- return(adapter.dispatch('rows_checksum')(columns)) -}}
{% endmacro %}

{% macro default__rows_checksum(columns) -%}
    cast(bit_xor(hash({{ columns | join(', ') }})) as varchar)
{%- endmacro %}

{#- `as` of a CTE whose rows are kept rather than looked through: joins on both its sides are then not
    put in another order, on estimates that are wrong by orders of magnitude for many rows a key. -#}
{% macro computed_once() %}
    {{- return(adapter.dispatch('computed_once')()) -}}
{% endmacro %}

{% macro default__computed_once() -%}
    materialized
{%- endmacro %}

{% macro spark__computed_once() -%}
{%- endmacro %}

{#- `as` of a CTE that is computed for each of its readers, of whose rows most ask for few. -#}
{% macro computed_again() %}
    {{- return(adapter.dispatch('computed_again')()) -}}
{% endmacro %}

{% macro default__computed_again() -%}
    not materialized
{%- endmacro %}

{% macro spark__computed_again() -%}
{%- endmacro %}
