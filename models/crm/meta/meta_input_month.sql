-- What the KPIs are computed from, in short: a restated value is explained by the months that
-- changed.
{%- for table, spec in contract_tables().items() %}
select
    '{{ table }}' as table_name,
    {% if spec.dated_by -%}
    {{ month_start(event_date(table, spec.dated_by)) }} as month_start,
    {%- else -%}
    cast(null as date) as month_start,
    {%- endif %}
    count(*) as row_count,
    {{ rows_checksum(table_columns(table)) }} as checksum
from {{ ref('crm_' ~ table) }}
group by all
{{ 'union all' if not loop.last }}
{%- endfor %}
