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

-- A variant that can do with other tables names its own.
needs as (
    select
        metric_name,
        cast(null as varchar) as variant,
        needs_tables
    from {{ ref('kpi_definition') }}
    union all
    select
        metric_name,
        variant,
        needs_tables
    from {{ ref('kpi_variant') }}
    where needs_tables <> ''
),

requirements as (
    select
        needs.metric_name,
        needs.variant,
        numbers.part as requirement,
        trim(split_part(needs.needs_tables, ';', numbers.part)) as alternatives
    from needs
    inner join numbers
        on
            trim(split_part(needs.needs_tables, ';', numbers.part)) <> ''
            and trim(split_part(needs.needs_tables, ';', numbers.part)) not like '?%'
)

select
    requirements.metric_name,
    requirements.variant,
    requirements.requirement,
    tables.table_name
from requirements
inner join tables
    on '|' || requirements.alternatives || '|' like '%|' || tables.table_name || '|%'
