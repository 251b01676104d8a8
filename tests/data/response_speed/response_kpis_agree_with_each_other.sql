-- What must be equal or ordered by definition: answered and not answered in time are the decided
-- cases of the fact, business minutes are no more than minutes, what is solved in time is also
-- solved in time net of the customer's wait, who needed one contact was solved, a rate of all four
-- conditions is below each of them, the potential of the kinds is the total, and a gain re-divides.
with cases as (
    select * from {{ ref('fct_case_response') }}
),

kpi as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value
    from {{ ref('kpi_response_speed') }}
    where value_status not in ('no_data', 'suppressed')
),

totals as (
    select * from kpi
    where dimension = 'total'
),

answered as (
    select
        {{ month_start('answer_decided_on') }} as month_start,
        count_if(is_answered_within_24h) as in_time_count,
        count_if(not is_answered_within_24h) as late_count
    from cases
    where answer_decided_on is not null
    group by {{ month_start('answer_decided_on') }}
),

problems as (
    select
        'a case contradicts itself' as problem,
        'month' as grain,
        {{ month_start('started_on') }} as period_start,
        first_response_wait_minutes as expected,
        first_response_wait_business_minutes as found
    from cases
    where
        first_response_wait_business_minutes > first_response_wait_minutes
        or (is_resolved_within_24h and not coalesce(is_resolved_within_24h_net, true))
        or (is_solved_at_first_contact and not is_solved)
        or resolution_net_hours > resolution_hours
        or (is_answered_within_24h and not is_answered)
        or (has_context is null) = is_answered
    union all
    select
        'answered and late are not the decided' as problem,
        totals.grain,
        totals.period_start,
        cast(answered.in_time_count + answered.late_count as double) as expected,
        totals.denominator as found
    from answered
    inner join totals
        on
            totals.metric_name = 'answered_within_24h_rate'
            and totals.grain = 'month'
            and answered.month_start = totals.period_start
    where
        totals.numerator <> answered.in_time_count
        or totals.denominator <> answered.in_time_count + answered.late_count
    union all
    select
        'all four conditions are met more often than one' as problem,
        totals.grain,
        totals.period_start,
        conditions.numerator as expected,
        totals.numerator as found
    from totals
    inner join kpi as conditions
        on
            conditions.dimension = 'condition'
            and totals.metric_name = conditions.metric_name
            and totals.grain = conditions.grain
            and totals.period_start = conditions.period_start
    where
        totals.numerator > conditions.numerator
        or totals.denominator <> conditions.denominator
    union all
    select
        'net of the wait fewer are solved in time' as problem,
        totals.grain,
        totals.period_start,
        totals.numerator as expected,
        net.numerator as found
    from totals
    inner join kpi as net
        on
            totals.metric_name = net.metric_name
            and totals.grain = net.grain
            and totals.period_start = net.period_start
            and net.dimension_value = 'net_of_customer_wait'
    where
        totals.metric_name = 'resolved_within_24h_rate'
        and totals.denominator = net.denominator
        and totals.numerator > net.numerator
    union all
    select
        'a gain does not re-divide' as problem,
        grain,
        period_start,
        1 - numerator / nullif(denominator, 0) as expected,
        value as found
    from kpi
    where
        metric_name = 'speed_gain_vs_baseline'
        and value is not null
        and not coalesce(abs(value - (1 - numerator / nullif(denominator, 0))) < 1e-9, false)
)

select *
from problems
