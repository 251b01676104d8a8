-- Every reference of the contract with how many of its filled values point to no row.
{%- set branches = [] %}
{%- set parents = [] %}
{%- for table, spec in contract_tables().items() %}
{%- for column, parent in spec.references.items() %}
{%- do branches.append((table, column, parent)) %}
{%- if parent not in parents %}{% do parents.append(parent) %}{% endif %}
{%- endfor %}
{%- endfor %}
-- A deleted record is known, it only does not count.
with
{%- for parent in parents %}
known_{{ parent }} as (
    select {{ crm_contract()[parent].key[0] }} as known_id
    from {{ ref('crm_' ~ parent) }}
    union
    select record_id as known_id
    from {{ ref('meta_exclusion') }}
    where object_type = '{{ parent }}'
){{ ',' if not loop.last }}
{% endfor %}
{%- for table, column, parent in branches %}
select
    '{{ table }}' as table_name,
    '{{ column }}' as column_name,
    '{{ parent }}' as parent_table_name,
    count(*) as filled_rows,
    cast(coalesce(count_if(parents.known_id is null), 0) as bigint) as dangling_rows,
    min(case when parents.known_id is null then children.{{ column }} end) as example
from {{ ref('crm_' ~ table) }} as children
left join known_{{ parent }} as parents
    on children.{{ column }} = parents.known_id
where children.{{ column }} is not null
{{ 'union all' if not loop.last }}
{%- endfor %}
