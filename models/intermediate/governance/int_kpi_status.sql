-- The total of every KPI and period beside its target, its baseline and its own past.
with totals as (
    {%- for table in area_tables().values() %}
    select *
    from {{ ref(table) }}
    where dimension = 'total'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Periods are compared by the day after their end, which no month length shifts. The one before a
-- rolling period ended a month earlier.
dated as (
    select
        *,
        {{ date_plus_days('period_end', 1) }} as next_start,
        case
            when grain in ('r3m', 'r12m')
                then {{ date_plus_months(date_plus_days('period_end', 1), -1) }}
            else period_start
        end as previous_next_start,
        {{ date_plus_months(date_plus_days('period_end', 1), -12) }} as last_year_next_start
    from totals
),

compared as (
    select
        dated.*,
        previous.value as previous_value,
        last_year.value as last_year_value,
        -- Against a year ago, so that the season does not look like a change; against the period
        -- before where there was no year ago.
        case
            when last_year.value is not null then 'same period last year'
            when previous.value is not null then 'period before'
        end as compared_with,
        case
            when last_year.value is not null then last_year.period_start
            else previous.period_start
        end as compared_period_start,
        coalesce(last_year.value, previous.value) as compared_value,
        case
            when last_year.value is not null then last_year.numerator
            else previous.numerator
        end as compared_numerator,
        case
            when last_year.value is not null then last_year.denominator
            else previous.denominator
        end as compared_denominator
    from dated
    left join dated as previous
        on
            dated.metric_name = previous.metric_name
            and dated.grain = previous.grain
            and dated.previous_next_start = previous.next_start
    left join dated as last_year
        on
            dated.metric_name = last_year.metric_name
            and dated.grain = last_year.grain
            and dated.last_year_next_start = last_year.next_start
),

judged as (
    select
        compared.*,
        targets.comparator,
        targets.target_value,
        targets.target_high,
        targets.target_source,
        targets.baseline_value,
        targets.baseline_source,
        case
            when compared.value_status <> 'ok' or targets.target_value is null
                then cast(null as boolean)
            when targets.comparator = 'min' then compared.value >= targets.target_value
            when targets.comparator = 'max' then compared.value <= targets.target_value
            when targets.comparator = 'range'
                then compared.value between targets.target_value and targets.target_high
        end as is_on_target,
        case
            when compared.value > targets.target_value
                then compared.value - coalesce(targets.target_high, targets.target_value)
            else targets.target_value - compared.value
        end as missed_by
    from compared
    left join {{ ref('int_kpi_target') }} as targets
        on
            compared.metric_name = targets.metric_name
            and compared.grain = targets.grain
            and compared.period_start = targets.period_start
)

select
    metric_name,
    grain,
    period_start,
    period_end,
    numerator,
    denominator,
    value,
    n,
    ci_low,
    ci_high,
    unit,
    currency,
    value_status,
    status_reason,
    comparator,
    target_value,
    target_high,
    target_source,
    baseline_value,
    baseline_source,
    previous_value,
    last_year_value,
    compared_with,
    compared_period_start,
    compared_value,
    compared_numerator,
    compared_denominator,
    -- Red only where chance is ruled out: the interval excludes the target, or, without an
    -- interval, it is missed by more than the tolerance.
    case
        when is_on_target is null then cast(null as varchar)
        when is_on_target then 'green'
        when comparator = 'min' and ci_high is not null
            then case when ci_high < target_value then 'red' else 'amber' end
        when comparator = 'max' and ci_low is not null
            then case when ci_low > target_value then 'red' else 'amber' end
        when missed_by > {{ parameter('rag_tolerance') }} * abs(target_value) then 'red'
        else 'amber'
    end as rag,
    as_of
from judged
