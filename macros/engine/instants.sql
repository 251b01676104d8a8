{#- Instants in whole seconds: sums stay exact, so that "equal to the target" means it. -#}

{#- Whole seconds from one timestamp to a later one; parts of a second are cut off first. -#}
{% macro seconds_between(from_timestamp, to_timestamp) %}
    {{- return(adapter.dispatch('seconds_between')(from_timestamp, to_timestamp)) -}}
{% endmacro %}

{% macro default__seconds_between(from_timestamp, to_timestamp) -%}
    date_diff('second', {{ from_timestamp }}, {{ to_timestamp }})
{%- endmacro %}

{#- A timestamp some seconds later (or earlier: negative). -#}
{% macro plus_seconds(timestamp_value, seconds) %}
    {{- return(adapter.dispatch('plus_seconds')(timestamp_value, seconds)) -}}
{% endmacro %}

{% macro default__plus_seconds(timestamp_value, seconds) -%}
    ({{ timestamp_value }} + to_seconds({{ seconds }}))
{%- endmacro %}

{#- True for an IANA zone the engine knows; converting with another name would stop the build. -#}
{% macro is_time_zone(name) %}
    {{- return(adapter.dispatch('is_time_zone')(name)) -}}
{% endmacro %}

{% macro default__is_time_zone(name) -%}
    {{ name }} in (select zones.name from pg_timezone_names() as zones)
{%- endmacro %}
