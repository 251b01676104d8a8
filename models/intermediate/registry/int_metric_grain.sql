{%- set grains = [
    ('D', 'day'), ('W', 'iso_week'), ('M', 'month'), ('Q', 'quarter'), ('Y', 'year'),
    ('R3', 'r3m'), ('R12', 'r12m'),
] -%}
-- `M Q R12` of the registry as rows.
with grains as (
    {%- for code, grain in grains %}
    select
        '{{ code }}' as grain_code,
        '{{ grain }}' as grain
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    definitions.metric_name,
    definitions.area,
    grains.grain
from {{ ref('kpi_definition') }} as definitions
inner join grains
    on ' ' || definitions.grains || ' ' like '% ' || grains.grain_code || ' %'
