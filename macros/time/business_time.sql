{#- Business minutes (G11) by subtraction: int_business_time knows for every stretch of every
    calendar how much business time had passed when it began, so the time between two instants is
    the difference of two readings, each found by an equality join on calendar and UTC day.

        joins     {{ business_clock_join('begun', 'cases.business_hours_id', 'cases.started_at') }}
                  {{ business_clock_join('ended', 'cases.business_hours_id', 'cases.solved_at') }}
        minutes   ({{ business_clock('ended', 'cases.solved_at') }}
                      - {{ business_clock('begun', 'cases.started_at') }}) / 60.0

    No calendar, an unreadable one or an instant outside the loaded days gives NULL, never 0. -#}
{% macro business_clock_join(alias, calendar, instant) -%}
    left join {{ ref('int_business_time') }} as {{ alias }}
        on
            {{ calendar }} = {{ alias }}.business_hours_id
            and cast({{ instant }} as date) = {{ alias }}.utc_day
            and {{ instant }} >= {{ alias }}.starts_at
            and {{ instant }} < {{ alias }}.ends_at
{%- endmacro %}

{#- Business seconds the calendar had counted at an instant; only differences mean anything. -#}
{% macro business_clock(alias, instant) -%}
    ({{ alias }}.seconds_before + {{ seconds_between(
        alias ~ '.starts_at', 'least(' ~ instant ~ ', ' ~ alias ~ '.open_until)') }})
{%- endmacro %}

{#- The way back: the first instant at which a calendar's business clock shows a reading.

        join      {{ business_instant_join('due', 'cases.business_hours_id', 'cases.due_reading') }}
        instant   {{ business_instant('due', 'cases.due_reading') }} -#}
{% macro business_instant_join(alias, calendar, reading) -%}
    left join {{ ref('int_business_time_index') }} as {{ alias }}
        on
            {{ calendar }} = {{ alias }}.business_hours_id
            and cast(ceil(({{ reading }}) / {{ business_index_seconds() }}.0) as bigint) - 1
            = {{ alias }}.index_no
            and {{ reading }} > {{ alias }}.seconds_before
            and {{ reading }} <= {{ alias }}.seconds_after
{%- endmacro %}

{% macro business_instant(alias, reading) -%}
    {{ plus_seconds(alias ~ '.starts_at', '(' ~ reading ~ ' - ' ~ alias ~ '.seconds_before)') }}
{%- endmacro %}

{#- Width of the slices that readings are looked up by; a working day is one or two of them. -#}
{% macro business_index_seconds() -%}
    {%- do return(8 * 3600) -%}
{%- endmacro %}

{#- The n-th business day after a local day (G11): its `date_day` and `ends_at`, NULL where the
    calendar's days are not loaded. -#}
{% macro business_day_join(alias, local_day, days) -%}
    left join {{ ref('int_business_day') }} as {{ alias }}_from
        on {{ local_day }} = {{ alias }}_from.date_day
    left join {{ ref('int_business_day') }} as {{ alias }}
        on
            {{ alias }}_from.business_day_number + cast({{ days }} as bigint)
            = {{ alias }}.business_day_number
            and {{ alias }}.is_business_day
{%- endmacro %}

{#- '09:00' -> 540, '24:00' -> 1440; anything that is not a time of day is NULL. -#}
{% macro minute_of_day(text) -%}
    case
        when {{ matches(text, '([01]?[0-9]|2[0-3]):[0-5][0-9](:00)?|24:00(:00)?') }}
            then
                60 * cast(split_part({{ text }}, ':', 1) as integer)
                + cast(split_part({{ text }}, ':', 2) as integer)
    end
{%- endmacro %}

{#- Seconds a zone is ahead of UTC at an instant. -#}
{% macro zone_offset(instant, time_zone) -%}
    {{ seconds_between(instant, utc_to_local(instant, time_zone)) }}
{%- endmacro %}

{#- The instant at which a zone with this offset shows a minute of a local day. -#}
{% macro local_minute(local_day, minute, offset_seconds) -%}
    {{ plus_seconds(
        'cast(' ~ local_day ~ ' as timestamp)', '(60 * ' ~ minute ~ ' - ' ~ offset_seconds ~ ')'
    ) }}
{%- endmacro %}
