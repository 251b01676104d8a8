-- The lift of E9 and its interval: +2.6 points of two strata, [-2.99; +6.93] by squaring and adding
-- the distances; the follow-up as one stratum; a stratum without a control is left out of both; a
-- slice without any says so.
with arm_counts as (
    {%- for customer_type, treated, accepted, held_back, ordered in [
        ('new', 200, 8, 100, 2), ('loyal', 300, 45, 100, 12), ('other', 7, 3, 0, 0),
    ] %}
    select
        'quarter' as grain,
        cast('2025-01-01' as date) as period_start,
        cast('2025-06-30' as date) as complete_on,
        'E9' as campaign,
        '{{ customer_type }}' as customer_type,
        {{ treated }} as first_count,
        {{ accepted }} as first_success_count,
        {{ held_back }} as other_count,
        {{ ordered }} as other_success_count
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

followups as (
    select
        'quarter' as grain,
        cast('2025-01-01' as date) as period_start,
        cast('2025-06-30' as date) as complete_on,
        'E9' as campaign,
        300 as first_count,
        18 as first_success_count,
        100 as other_count,
        3 as other_success_count
),

found as (
    {{ stratified_difference(
        'lift', 'arm_counts', ['customer_type'], ['campaign', 'customer_type'],
        missing='no control', unproven='not proven'
    ) }}
    union all
    {{ stratified_difference(
        'followup', 'followups', [], ['campaign'], missing='no control', unproven='not proven'
    ) }}
),

expected as (
    {%- for metric, slice, gain, size, points, low, high, reason in [
        ('lift', 'total', 13.0, 500, 2.6, -2.99, 6.93, 'not proven; not comparable=7'),
        ('lift', 'new', 4.0, 200, 2.0, -3.37, 5.97, 'not proven'),
        ('lift', 'loyal', 9.0, 300, 3.0, -5.6, 9.72, 'not proven'),
        ('lift', 'other', none, none, none, none, none, 'no control, attributed 3 of 7'),
        ('followup', 'total', 9.0, 300, 3.0, -2.87, 6.83, 'not proven'),
    ] %}
    select
        '{{ metric }}' as metric_name,
        '{{ slice }}' as dimension_value,
        {%- for column, figure in [
            ('numerator', gain), ('denominator', size), ('value', points), ('ci_low', low),
            ('ci_high', high),
        ] %}
        cast({{ figure if figure is not none else 'null' }} as double) as {{ column }},
        {%- endfor %}
        '{{ reason }}' as status_reason
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    expected.metric_name as expected_metric,
    expected.dimension_value as expected_slice,
    found.*
from expected
full outer join found
    on
        expected.metric_name = found.metric_name
        and expected.dimension_value = found.dimension_value
where
    round(found.numerator, 9) is distinct from expected.numerator
    or round(found.denominator, 9) is distinct from expected.denominator
    or round(found.value, 9) is distinct from expected.value
    or round(found.ci_low, 2) is distinct from expected.ci_low
    or round(found.ci_high, 2) is distinct from expected.ci_high
    or found.status_reason is distinct from expected.status_reason
    or found.forced_status is distinct from case when expected.value is null then 'no_data' end
