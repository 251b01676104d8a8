{#- Values that a source is known to write wrongly, repaired by a seed and not by code.

    repair_join('country', 'maven', 'office_location', 'accounts.office_location')
        the join that brings the repair of a value, if it has one
    repaired('country', 'accounts.office_location')
        the repaired value, or the value itself -#}
{% macro repair_join(alias, source, column, value) -%}
    left join {{ ref('source_value_repair') }} as {{ alias }}_repair
        on
            {{ alias }}_repair.source_name = '{{ source }}'
            and {{ alias }}_repair.column_name = '{{ column }}'
            and {{ alias }}_repair.raw_value = {{ value }}
{%- endmacro %}

{% macro repaired(alias, value) -%}
    coalesce({{ alias }}_repair.repaired_value, {{ value }})
{%- endmacro %}
