{#- Reading text into the contract's types. A format is declared per column, never guessed; text that
    does not fit it gives NULL and so a reject, never another value.

    Dates and timestamps   YYYY MM M DD D Mon HH MI SS in any order with literal separators, e.g.
                           'DD.MM.YYYY', 'DD-MM-YYYY', 'M/D/YYYY', 'D Mon, YYYY HH:MI:SS';
                           'epoch seconds', 'epoch milliseconds'; none = ISO 8601
    Amounts and numbers    '1,234.56' or '1.234,56': which sign is the decimal point. A currency sign
                           or code, K/M/B for thousand, million and billion, a leading minus and
                           accounting parentheses are read too; none = plain 1234.56 -#}

{% macro read_text(text, column_type, format, time_zone) -%}
    {%- if is_linting() -%}{%- do return('cast(' ~ text ~ ' as ' ~ column_type ~ ')') -%}{%- endif -%}
    {%- if column_type == 'timestamp' -%}
        {{ plausible(read_timestamp(text, format, time_zone), 'timestamp') }}
    {%- elif column_type == 'date' -%}
        {{ plausible(read_date(text, format), 'date') }}
    {%- elif column_type == 'integer' or column_type == 'bigint' -%}
        {{ read_integer(text, column_type, format) }}
    {%- elif column_type.startswith('decimal') or column_type == 'double' -%}
        try_cast({{ read_number(text, format) }} as {{ column_type }})
    {%- else -%}
        try_cast({{ text }} as {{ column_type }})
    {%- endif -%}
{%- endmacro %}

{#- A date far outside business life (1970-01-01 for "never", 9999-12-31 for "open") is no date: it is
    kept as a reject, and one such row does not stretch every calendar. -#}
{% macro plausible(value, column_type) -%}
    {%- set first, last = var('plausible_dates') -%}
    case
        when {{ value }} between {{ column_type }} '{{ first }}' and {{ column_type }} '{{ last }}'
            then {{ value }}
    end
{%- endmacro %}

{#- 'DD.MM.YYYY' -> {'strptime': '%d.%m.%Y', 'pattern': '[0-9]{2}\.[0-9]{2}\.[0-9]{4}'}. The pattern
    is needed because strptime reads the year 24 as the year 0024. -#}
{% macro parsed_format(format) %}
    {%- set tokens = {
        'YYYY': ['%Y', '[0-9]{4}'], 'Mon': ['%b', '[A-Za-z]{3}'],
        'MM': ['%m', '[0-9]{2}'], 'M': ['%m', '[0-9]{1,2}'],
        'DD': ['%d', '[0-9]{2}'], 'D': ['%d', '[0-9]{1,2}'],
        'HH': ['%H', '[0-9]{2}'], 'MI': ['%M', '[0-9]{2}'], 'SS': ['%S', '[0-9]{2}'],
    } -%}
    {%- set strptime = [] -%}
    {%- set pattern = [] -%}
    {%- for token in modules.re.findall('YYYY|Mon|MI|MM|M|DD|D|HH|SS|.', format) -%}
        {%- if token in tokens -%}
            {%- do strptime.append(tokens[token][0]) -%}
            {%- do pattern.append(tokens[token][1]) -%}
        {%- else -%}
            {%- do strptime.append(token) -%}
            {%- do pattern.append(modules.re.escape(token)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return({'strptime': strptime | join, 'pattern': pattern | join}) -%}
{% endmacro %}

{% macro read_naive_timestamp(text, format) -%}
    {%- set parsed = parsed_format(format) -%}
    case when {{ matches(text, parsed.pattern) }} then {{ date_from_text(text, parsed.strptime) }} end
{%- endmacro %}

{% macro read_date(text, format=none) -%}
    {%- if format is none or format == none -%}
        try_cast({{ text }} as date)
    {%- elif format.startswith('epoch') -%}
        cast({{ read_timestamp(text, format, 'UTC') }} as date)
    {%- else -%}
        cast({{ read_naive_timestamp(text, format) }} as date)
    {%- endif -%}
{%- endmacro %}

{#- UTC timestamp. Text with an offset says its own zone; naive text is read in the source's zone. -#}
{% macro read_timestamp(text, format=none, time_zone='UTC') -%}
    {%- if format == 'epoch seconds' -%}
        {{ epoch_to_timestamp('try_cast(' ~ text ~ ' as double)') }}
    {%- elif format == 'epoch milliseconds' -%}
        {{ epoch_to_timestamp('(try_cast(' ~ text ~ ' as double) / 1000.0)') }}
    {%- elif format is not none and format != none -%}
        {{ naive_to_utc(read_naive_timestamp(text, format), time_zone) }}
    {%- elif time_zone == 'UTC' -%}
        {{ offset_text_to_utc(text) }}
    {%- else -%}
        case
            when {{ matches(text, '.*:[0-9.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)') }}
                then {{ offset_text_to_utc(text) }}
            else {{ naive_to_utc('try_cast(' ~ text ~ ' as timestamp)', time_zone) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro naive_to_utc(local_timestamp, time_zone) -%}
    {%- if time_zone == 'UTC' -%}
        {{ local_timestamp }}
    {%- else -%}
        {{ local_to_utc(local_timestamp, "'" ~ time_zone ~ "'") }}
    {%- endif -%}
{%- endmacro %}

{#- Whole numbers only: 2.0 is 2, 2.5 is a reject instead of a silent 3. -#}
{% macro read_integer(text, column_type='integer', format=none) -%}
    {%- set number = read_number(text, format) -%}
    case
        when try_cast({{ number }} as double) = try_cast({{ number }} as {{ column_type }})
            then try_cast({{ number }} as {{ column_type }})
    end
{%- endmacro %}

{#- Plain number text (or a decimal) out of what CRMs print. -#}
{% macro read_number(text, format=none) -%}
    {%- if format is none or format == none -%}
        {{ text }}
    {%- elif format in ['1,234.56', '1.234,56'] -%}
        {%- set group, point = (',', '.') if format == '1,234.56' else ('.', ',') -%}
        {%- set sign = '[-+]?' -%}
        {%- set money = '(?:[$€£¥]|[A-Z]{3})?' -%}
        {%- set digits = '(?:[0-9]{1,3}(?:[' ~ group ~ '][0-9]{3})+|[0-9]+)(?:[' ~ point ~ '][0-9]+)?[KMB]?' -%}
        {%- set number = sign ~ money ~ ' ?' ~ sign ~ digits ~ ' ?' ~ money -%}
        case
            when {{ matches(text, number ~ '|[(]' ~ number ~ '[)]') }}
                then try_cast(
                    replace({{ replace_pattern(text, '[^0-9' ~ point ~ ']', '') }}, '{{ point }}', '.')
                    as decimal(28, 6)
                )
                * case
                    when {{ text }} like '%K%' and {{ matches(text, '.*[0-9]K.*') }} then 1000
                    when {{ matches(text, '.*[0-9]M.*') }} then 1000000
                    when {{ matches(text, '.*[0-9]B.*') }} then 1000000000
                    else 1
                end
                * case when {{ text }} like '%-%' or {{ text }} like '(%' then -1 else 1 end
        end
    {%- else -%}
        {%- do exceptions.raise_compiler_error(
            "Unknown number format '" ~ format ~ "'. Use '1,234.56' or '1.234,56'.") -%}
    {%- endif -%}
{%- endmacro %}
