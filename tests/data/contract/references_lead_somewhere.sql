-- A few orphans are normal in an export; a column of them means two tables do not belong together.
-- Tables that no source brings are not asked for.
with parents as (
    select
        table_name,
        max(case when is_present then 1 else 0 end) as is_present
    from {{ ref('meta_table_coverage') }}
    group by table_name
)

select
    reference_counts.table_name,
    reference_counts.column_name,
    reference_counts.filled_rows,
    reference_counts.dangling_rows,
    reference_counts.example
from {{ ref('meta_reference') }} as reference_counts
inner join parents
    on reference_counts.parent_table_name = parents.table_name
where
    parents.is_present = 1
    and reference_counts.dangling_rows
    > {{ var('max_dangling_share') }} * reference_counts.filled_rows
