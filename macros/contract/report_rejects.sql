{#- One line per source, table and column with rejects, at the end of a run. -#}
{% macro report_rejects() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set relation = adapter.get_relation(target.database, 'meta', 'meta_reject') -%}
        {%- if relation -%}
            {%- set found = run_query(
                "select source_name, table_name, column_name, reason, count(*) as n, min(raw_value) as example"
                ~ " from " ~ relation ~ " group by all order by all") -%}
            {%- for row in found.rows -%}
                {%- do log("rejected: " ~ row[0] ~ "." ~ row[1] ~ "." ~ row[2] ~ " " ~ row[3] ~ ", "
                    ~ row[4] ~ " rows" ~ (", e.g. '" ~ row[5] ~ "'" if row[5] else ""), info=true) -%}
            {%- endfor -%}
            {%- if found.rows -%}
                {%- do log("rejected rows are kept in meta.meta_reject with file and row", info=true) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
