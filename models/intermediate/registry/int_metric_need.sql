-- `a;b|c;?d` of the registry as rows: one group per requirement, any table of it will do. Optional
-- tables (`?`) are left out: without them a KPI is narrower, not absent.
with tables as (
    {%- for table in crm_contract() %}
    select '{{ table }}' as table_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

numbers as (
    {%- for part in range(1, 13) %}
    select {{ part }} as part
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

requirements as (
    select
        definitions.metric_name,
        numbers.part as requirement,
        trim(split_part(definitions.needs_tables, ';', numbers.part)) as alternatives
    from {{ ref('kpi_definition') }} as definitions
    inner join numbers
        on
            trim(split_part(definitions.needs_tables, ';', numbers.part)) <> ''
            and trim(split_part(definitions.needs_tables, ';', numbers.part)) not like '?%'
)

select
    requirements.metric_name,
    requirements.requirement,
    tables.table_name
from requirements
inner join tables
    on '|' || requirements.alternatives || '|' like '%|' || tables.table_name || '|%'
