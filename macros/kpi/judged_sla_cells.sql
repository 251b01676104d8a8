{#- SLA cells with what a missing table makes unknowable (int_sla_blocked_slice): without the calendars
    nobody knows about promises on a business clock, without a status history nothing about those that
    pause. Such slices, and the total of every period, are no_data; the other slices stand.

    relation    CTE with the columns of cell_columns()
    metrics     names of the metrics
    base_grain  grain of additive cells; none: the cells are at their final grain -#}
{% macro judged_sla_cells(relation, metrics, base_grain=none) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
{{ relabelled_cells(
    '(select cells.*, blocked.reason as blocked_reason from ' ~ relation ~ ' as cells left join '
    ~ ref('int_sla_blocked_slice') ~ " as blocked on cells.dimension = blocked.dimension"
    ~ " and blocked.dimension_value in ('*', cells.dimension_value)"
    ~ " where blocked.reason is null or cells.dimension <> 'total') as judged_cells", {
        'forced_status': "case when blocked_reason is not null then 'no_data' else forced_status end",
        'status_reason': 'coalesce(blocked_reason, status_reason)',
    }
) }}
union all
{{ select_cells(
    '(select distinct grains.metric_name, '
    ~ ("'" ~ base_grain ~ "' as grain, periods.base_start as period_start"
        if base_grain else 'periods.grain, periods.period_start')
    ~ ", blocked.dimension, 'total' as dimension_value, 0 as numerator, 0 as denominator, 0 as n"
    ~ ", 'no_data' as forced_status, blocked.reason as status_reason"
    ~ ' from ' ~ ref('int_sla_blocked_slice') ~ ' as blocked cross join ' ~ ref('int_period') ~ ' as periods'
    ~ ' inner join ' ~ ref('int_metric_grain') ~ ' as grains on periods.grain = grains.grain'
    ~ " where blocked.dimension = 'total' and grains.metric_name in ('" ~ metrics | join("', '") ~ "')"
    ~ (" and periods.base_grain = '" ~ base_grain ~ "'" if base_grain else '') ~ ') as unknown_totals',
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
     'denominator', 'n', 'forced_status', 'status_reason']
) }}
{%- endmacro %}
