-- A source that mostly does not fit its mapping must not become KPIs: more rows with rejects than
-- max_reject_share of a source's rows stop the build. The rows are in meta_reject.
with rows_with_rejects as (
    select distinct
        source_name,
        table_name,
        source_file,
        source_row
    from {{ ref('meta_reject') }}
),

rejected as (
    select
        source_name,
        count(*) as rejected_rows
    from rows_with_rejects
    group by source_name
),

landed as (
    select
        source_name,
        sum(landed_rows) as landed_rows
    from {{ ref('meta_table_coverage') }}
    group by source_name
)

select
    landed.source_name,
    rejected.rejected_rows,
    landed.landed_rows
from landed
inner join rejected
    on landed.source_name = rejected.source_name
where rejected.rejected_rows > {{ var('max_reject_share') }} * landed.landed_rows
