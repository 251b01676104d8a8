{#- The same cells with some columns replaced, e.g. a status that only the model can know:
    relabelled_cells('cells', {'forced_status': "case when is_unknown then 'no_data' end"}) -#}
{% macro relabelled_cells(relation, replaced) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
select
    {%- for column, column_type in cell_columns().items() %}
    cast({{ replaced.get(column, column) }} as {{ column_type }})
        as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
