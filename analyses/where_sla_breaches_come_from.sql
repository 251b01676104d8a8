-- Twelve months of broken promises: per cut, how many there were, how far over, and how many more
-- than the cut would have had at the compliance of all (excess). The largest excess is the first
-- place to look; a cut with many breaches and no excess is only busy.
{%- set cuts = [
    'sla_metric', 'priority', 'policy', 'team', 'channel', 'case_type', 'root_cause', 'region'
] %}
with decided as (
    select
        sla_metric,
        priority,
        policy,
        team,
        channel,
        case_type,
        root_cause,
        region,
        is_met,
        overrun_minutes
    from {{ ref('fct_case_sla') }}
    where
        decided_on > {{ date_plus_months(as_of_date(), -12) }}
        and decided_on <= {{ as_of_date() }}
),

overall as (
    select 1.0 * count_if(not is_met) / nullif(count(*), 0) as breach_rate
    from decided
),

cuts as (
    {%- for cut in cuts %}
    select
        '{{ cut }}' as cut,
        coalesce(cast({{ cut }} as varchar), '(unknown)') as member,
        is_met,
        overrun_minutes
    from decided
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        cut,
        member,
        count(*) as decided_count,
        count_if(not is_met) as breach_count,
        median(overrun_minutes) as median_overrun_minutes
    from cuts
    group by cut, member
)

select
    counted.cut,
    counted.member,
    counted.decided_count,
    counted.breach_count,
    1.0 - 1.0 * counted.breach_count / nullif(counted.decided_count, 0) as compliance_rate,
    counted.breach_count - counted.decided_count * overall.breach_rate as excess_breaches,
    counted.median_overrun_minutes
from counted
cross join overall
order by counted.cut asc, excess_breaches desc
