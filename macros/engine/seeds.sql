{#- Loads a seed with a fixed dialect (comma, double quotes, empty = NULL) instead of letting the engine
    guess it: a guess fails on long texts, and once in a while it is wrong. -#}
{% macro duckdb__load_csv_rows(model, agate_table) -%}
    {%- set sql -%}
        copy {{ this.render() }} from '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}'
        (format csv, header true, auto_detect false, delimiter ',', quote '"', escape '"', null '', new_line '\n')
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=true) -%}
    {{- return(sql) -}}
{%- endmacro %}
