{#- The rows of a relation once per period of the grains of a KPI, with grain, period_start and
    period_end. -#}
{% macro rows_by_period(relation, date, metric) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
select
    periods.grain,
    periods.period_start,
    periods.period_end,
    observed.*
from {{ relation }} as observed
inner join {{ ref('int_period') }} as periods
    on
        periods.base_grain = 'month'
        and periods.base_start = {{ month_start('observed.' ~ date) }}
inner join {{ ref('int_metric_grain') }} as metric_grains
    on
        periods.grain = metric_grains.grain
        and metric_grains.metric_name = '{{ metric }}'
{%- endmacro %}
