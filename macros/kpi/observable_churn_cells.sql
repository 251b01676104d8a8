{#- Churn cells with what only the basis of the spells tells: its name where it is a fallback, and
    no_data for periods that begin before any churn could be seen (int_churn_window).

    relation  CTE with the columns of cell_columns()
    metrics   names of the metrics that need churn to be observable; none = all -#}
{% macro observable_churn_cells(relation, metrics=none) -%}
    {%- set unseen -%}
        period_start < observable_from
        {%- if metrics %} and metric_name in ('{{ metrics | join("', '") }}'){% endif %}
    {%- endset -%}
{{ relabelled_cells(relation ~ ' cross join ' ~ ref('int_churn_window'), {
    'forced_status': "case when " ~ unseen ~ " then 'no_data' else forced_status end",
    'status_reason': "nullif(concat_ws('; ', basis_reason, case when " ~ unseen
        ~ " then 'too early to see anybody leave' end, status_reason), '')",
}) }}
{%- endmacro %}
