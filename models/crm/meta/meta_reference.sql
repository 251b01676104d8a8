-- Every reference of the contract with how many of its filled values point to no row.
{%- set branches = [] %}
{%- for table, spec in crm_contract().items() %}
{%- for column, parent in spec.references.items() %}
{%- do branches.append((table, column, parent)) %}
{%- endfor %}
{%- endfor %}
{%- for table, column, parent in branches %}
select
    '{{ table }}' as table_name,
    '{{ column }}' as column_name,
    '{{ parent }}' as parent_table_name,
    count(*) as filled_rows,
    cast(count_if(parent.parent_id is null) as bigint) as dangling_rows,
    min(case when parent.parent_id is null then child.{{ column }} end) as example
from {{ ref('crm_' ~ table) }} as child
left join (
    select {{ crm_contract()[parent].key[0] }} as parent_id
    from {{ ref('crm_' ~ parent) }}
    union
    -- A deleted record is known, it only does not count.
    select record_id as parent_id
    from {{ ref('meta_exclusion') }}
    where object_type = '{{ parent }}'
) as parent
    on child.{{ column }} = parent.parent_id
where child.{{ column }} is not null
{{ 'union all' if not loop.last }}
{%- endfor %}
