-- What is loaded and for which days, whichever source brought it. How many rows there are is left
-- to meta_table_coverage: a row more is no reason to build again what asks for the days alone.
select
    table_name,
    count_if(is_present) > 0 as is_present,
    min(first_event_date) as first_event_date,
    max(last_event_date) as last_event_date
from {{ ref('meta_table_coverage') }}
group by table_name
