-- `rep, team, reason^` of the registry as rows, the mark in a column of its own.
with numbered as (
    select
        definitions.metric_name,
        definitions.area,
        trim(split_part(definitions.dimensions, ',', numbers.part)) as marked_dimension
    from {{ ref('kpi_definition') }} as definitions
    inner join (
        {%- for part in range(1, 13) %}
        select {{ part }} as part
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as numbers
        on trim(split_part(definitions.dimensions, ',', numbers.part)) <> ''
)

select
    metric_name,
    area,
    replace(replace(marked_dimension, '^', ''), '*', '') as dimension,
    case
        when marked_dimension like '%^' then 'bucket'
        when marked_dimension like '%*' then 'overlapping'
        else 'partition'
    end as dimension_kind
from numbered
