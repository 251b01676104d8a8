-- The open rows of int_business_time by slices of the business clock, so that a reading finds its
-- instant by an equality join. A row of a day touches four slices at most.
{% set width = business_index_seconds() %}
with open_rows as (
    select
        business_hours_id,
        starts_at,
        seconds_before,
        seconds_before + {{ seconds_between('starts_at', 'open_until') }} as seconds_after
    from {{ ref('int_business_time') }}
    where open_until > starts_at
),

slices as (
    select
        *,
        cast(floor(seconds_before / {{ width }}.0) as bigint) as first_index_no,
        cast(ceil(seconds_after / {{ width }}.0) as bigint) - 1 as last_index_no
    from open_rows
),

steps as (
    {%- for n in range(86400 // width + 1) %}
    select {{ n }} as n{{ ' union all' if not loop.last }}
    {%- endfor %}
)

select
    slices.business_hours_id,
    slices.first_index_no + steps.n as index_no,
    slices.starts_at,
    slices.seconds_before,
    slices.seconds_after
from slices
inner join steps
    on slices.last_index_no >= slices.first_index_no + steps.n
