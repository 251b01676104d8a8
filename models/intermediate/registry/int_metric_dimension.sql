-- `rep, team, reason^` of the registry as rows, the mark in a column of its own.
with numbers as (
    {%- for part in range(1, 13) %}
    select {{ part }} as part
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

numbered as (
    select
        definitions.metric_name,
        definitions.area,
        trim(split_part(definitions.dimensions, ',', numbers.part)) as marked_dimension
    from {{ ref('kpi_definition') }} as definitions
    inner join numbers
        on trim(split_part(definitions.dimensions, ',', numbers.part)) <> ''
),

marked as (
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
)

-- A pair whose second part is a bucket is one within the slice of the first: reasons within a
-- tenure band share the band's denominator. With `variant` the whole is that variant's total.
select
    marked.metric_name,
    marked.area,
    marked.dimension,
    case
        when whole_bucket.dimension is not null then 'variant bucket'
        when part_bucket.dimension is not null then 'bucket within'
        when overlapping_part.dimension is not null then 'overlapping'
        else marked.dimension_kind
    end as dimension_kind
from marked
left join marked as part_bucket
    on
        marked.metric_name = part_bucket.metric_name
        and part_bucket.dimension_kind = 'bucket'
        and marked.dimension like '% × ' || part_bucket.dimension
left join marked as whole_bucket
    on
        marked.metric_name = whole_bucket.metric_name
        and whole_bucket.dimension_kind = 'bucket'
        and marked.dimension = whole_bucket.dimension || ' × variant'
left join marked as overlapping_part
    on
        marked.metric_name = overlapping_part.metric_name
        and overlapping_part.dimension_kind = 'overlapping'
        and ' × ' || marked.dimension || ' × ' like '% × ' || overlapping_part.dimension || ' × %'
        and marked.dimension <> overlapping_part.dimension
