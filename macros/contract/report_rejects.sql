{#- One line per source, table and column with rejects, at the end of a run: where the first one is,
    and never the value, which may be a person's. -#}
{% macro report_rejects() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set relation = adapter.get_relation(target.database, 'meta', 'meta_reject') -%}
        {%- if relation -%}
            {%- set found = run_query(
                "select source_name, table_name, column_name, reason, count(*),"
                ~ " max(case when place = 1 then source_file end),"
                ~ " max(case when place = 1 then source_row end)"
                ~ " from (select *, row_number() over ("
                ~ "partition by source_name, table_name, column_name, reason"
                ~ " order by source_file, source_row) as place from " ~ relation ~ ") as reject"
                ~ " group by source_name, table_name, column_name, reason"
                ~ " order by source_name, table_name, column_name, reason") -%}
            {%- for row in found.rows -%}
                {%- do log("rejected: " ~ row[0] ~ "." ~ row[1] ~ "." ~ row[2] ~ " " ~ row[3] ~ ", "
                    ~ row[4] ~ (" row" if row[4] == 1 else " rows, the first")
                    ~ " in " ~ row[5] ~ " at data row " ~ row[6], info=true) -%}
            {%- endfor -%}
            {%- if found.rows -%}
                {%- do log("rejected rows are kept in meta.meta_reject with file, row and value", info=true) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
