{#- A contract column that is not plain text, so that its cast can fail. -#}
{% macro is_cast(column_type) %}
    {%- do return(column_type != 'varchar') -%}
{% endmacro %}

{#- True for a row whose value was there and did not cast, or whose key is missing. -#}
{% macro is_failed(column, is_required) -%}
    {%- if is_required -%}
        {{ column }} is null
    {%- else -%}
        ({{ column }} is null and {{ column }}__raw is not null)
    {%- endif -%}
{%- endmacro %}

{#- For meta_reject, with `checked` = list of (column, type, is it required): did any fail, did the one
    in checked.column_name fail, and the text of that one. -#}
{% macro any_failed(checked) -%}
    {%- for column, column_type, is_required in checked -%}
        {{ ' or ' if not loop.first }}{{ is_failed(column, is_required) }}
    {%- endfor -%}
{%- endmacro %}

{% macro is_failed_column(checked) -%}
    case checked.column_name
        {%- for column, column_type, is_required in checked %}
        when '{{ column }}' then {{ is_failed('failed.' ~ column, is_required) }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro failed_text(checked) -%}
    case checked.column_name
        {%- for column, column_type, is_required in checked if is_cast(column_type) %}
        when '{{ column }}' then failed.{{ column }}__raw
        {%- endfor %}
    end
{%- endmacro %}

{#- Contract columns plus the project's own `x_` columns of one table: name -> type. -#}
{% macro table_columns(table) %}
    {%- set columns = {} -%}
    {%- do columns.update(crm_contract()[table].columns) -%}
    {%- do columns.update(var('crm_custom_columns').get(table, {})) -%}
    {%- do return(columns) -%}
{% endmacro %}

{#- The column names a conformed table has, in order. -#}
{% macro conformed_columns(table) %}
    {%- set names = ['source_name', 'source_file', 'source_row', 'loaded_at', 'updated_at', 'updated_at__raw'] -%}
    {%- for column, column_type in table_columns(table).items() -%}
        {%- do names.append(column) -%}
        {%- if is_cast(column_type) -%}{%- do names.append(column ~ '__raw') -%}{%- endif -%}
    {%- endfor -%}
    {%- do return(names) -%}
{% endmacro %}

{% macro empty_conformed(table) -%}
    select
        cast(null as varchar) as source_name,
        cast(null as varchar) as source_file,
        cast(null as bigint) as source_row,
        cast(null as timestamp) as loaded_at,
        cast(null as timestamp) as updated_at,
        cast(null as varchar) as updated_at__raw
        {%- for column, column_type in table_columns(table).items() %},
        cast(null as {{ column_type }}) as {{ column }}
        {%- if is_cast(column_type) %},
        cast(null as varchar) as {{ column }}__raw
        {%- endif %}
        {%- endfor %}
    from (select 1 as nothing) as nothing
    where false
{%- endmacro %}

{#- Brings one raw table into the contract's shape.

    table     contract table, e.g. 'opportunity'
    source    name of the source: its time zone and currency apply
    relation  raw table, or a CTE that kept its `_source_file`, `_source_row`, `_loaded_at`
    columns   {contract column: SQL expression, or {'sql': …, 'format': …}} for text that is not ISO;
              none = the relation already has the contract's column names (missing ones are NULL).
              Formats: macros/contract/readers.sql. `x_` columns are kept as declared in
              var crm_custom_columns. `updated_at`, if the source has it, is when the row was last
              changed there: of the rows of one key the newest wins (latest_rows).

    Gives one row per raw row: contract columns typed (a value that does not cast is NULL),
    `<column>__raw` with the text behind every cast, and the lineage columns. -#}
{% macro conform(table, source, relation, columns=none) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
    {%- set settings = source_settings(source) -%}
    {%- set contract = table_columns(table) -%}
    {%- for column in (columns or {}) if column not in contract and column != 'updated_at' -%}
        {%- do exceptions.raise_compiler_error(
            "The mapping of " ~ source ~ "." ~ table ~ " names column '" ~ column
            ~ "', which the contract does not have. Contract columns: "
            ~ contract.keys() | join(', ') ~ ". Own columns start with x_ and are declared in"
            ~ " var crm_custom_columns.") -%}
    {%- endfor -%}
    {%- set entry = (columns or {}).get('updated_at', 'updated_at' if columns is none else none) -%}
    {%- set updated = entry if entry is mapping else {'sql': entry, 'format': none} %}
    select
        source_name,
        source_file,
        source_row,
        loaded_at,
        {{ read_text('updated_at__raw', 'timestamp', updated.format, settings.time_zone) }} as updated_at,
        updated_at__raw
        {%- for column, column_type in contract.items() %}
            {%- set entry = (columns or {}).get(column, column) -%}
            {%- set format = entry.format if entry is mapping else none %},
        {%- if column == 'currency' and settings.currency and table != 'currency_rate' %}
        coalesce({{ column }}__raw, '{{ settings.currency }}') as {{ column }}
        {%- elif is_cast(column_type) %}
        {{ read_text(column ~ '__raw', column_type, format, settings.time_zone) }} as {{ column }},
        {{ column }}__raw
        {%- else %}
        {{ column }}__raw as {{ column }}
        {%- endif %}
        {%- endfor %}
    from (
        select
            '{{ source }}' as source_name,
            cast(_source_file as varchar) as source_file,
            cast(_source_row as bigint) as source_row,
            cast(_loaded_at as timestamp) as loaded_at,
            nullif(trim(cast({{ updated.sql or 'null' }} as varchar)), '') as updated_at__raw
            {%- for column in contract %}
                {%- if columns is none -%}{%- set expression = column -%}
                {%- elif columns.get(column) is mapping -%}{%- set expression = columns[column].sql -%}
                {%- else -%}{%- set expression = columns.get(column) -%}{%- endif %},
            {%- if expression is none or expression == none %}
            cast(null as varchar) as {{ column }}__raw
            {%- else %}
            nullif(trim(cast({{ expression }} as varchar)), '') as {{ column }}__raw
            {%- endif %}
            {%- endfor %}
        from {% if columns is none -%}
        (
            select
                cast(null as varchar) as updated_at
                {%- for column in contract %},
                cast(null as varchar) as {{ column }}
                {%- endfor %}
            from (select 1 as nothing) as nothing
            where false
            {{ union_by_name() }}
            select * from {{ relation }}
        )
        {%- else -%}
        {{ relation }}
        {%- endif %} as raw_rows
    ) as raw_text
{%- endmacro %}
