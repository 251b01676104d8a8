{#- Cells that stand on acquisition cost: no_data for periods that begin before the first month whose
    cost is known (int_acquisition_cost_window), which with a lag is later than the first booking.

    relation  CTE with the columns of cell_columns() -#}
{% macro known_cost_cells(relation) -%}
{{ relabelled_cells(relation ~ ' cross join ' ~ ref('int_acquisition_cost_window'), {
    'forced_status': "case when coalesce(period_start < known_from, true) then 'no_data' else forced_status end",
    'status_reason': "nullif(concat_ws('; ', status_reason,"
        ~ " case when coalesce(period_start < known_from, true) then 'acquisition cost not covered' end), '')",
}) }}
{%- endmacro %}
