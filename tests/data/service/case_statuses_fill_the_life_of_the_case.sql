-- Status segments that overlap or leave a gap would count agreed time twice or not at all;
-- summed, they are the whole time from the start of the case to as_of.
select
    cases.case_id,
    cases.started_at,
    sum({{ seconds_between('segments.from_at', 'segments.to_at') }}) as covered_seconds
from {{ ref('int_case') }} as cases
left join {{ ref('int_case_status_segment') }} as segments
    on cases.case_id = segments.case_id
group by cases.case_id, cases.started_at
having
    coalesce(sum({{ seconds_between('segments.from_at', 'segments.to_at') }}), 0)
    <> {{ seconds_between('cases.started_at', as_of_timestamp()) }}
