-- E4: 240 a month with retention 0.98 is worth 11 760 without discount and for ever (49 × 240), 14 700
-- without service cost, 7840 at 1 % a month, 5192.20 over 36 months; a negative margin stays negative;
-- retention 1 without discount is the plain sum. A long horizon stands for the infinite one.
with examples as (
    select 'undiscounted' as example, 240.0 as margin, 0.98 as retention, 0.0 as discount, 100000 as horizon, 11760.0 as expected
    union all
    select 'before service cost', 300.0, 0.98, 0.0, 100000, 14700.0
    union all
    select 'discounted', 240.0, 0.98, 0.01, 100000, 7840.0
    union all
    select 'three years', 240.0, 0.98, 0.01, 36, 5192.20
    union all
    select 'negative margin', -20.0, 0.98, 0.0, 100000, -980.0
    union all
    select 'for ever', 240.0, 1.0, 0.0, 36, 8640.0
),

computed as (
    select
        *,
        {{ remaining_value('margin', 'retention', 'discount', 'horizon') }} as found
    from examples
),

-- Historic 36 × 240 less the acquisition cost of 3000, plus what is left.
total as (
    select
        'total' as example,
        10832.20 as expected,
        36 * 240.0 - 3000 + found as found
    from computed
    where example = 'three years'
)

select
    example,
    expected,
    found
from computed
where not coalesce(abs(found - expected) < 0.01, false)
union all
select
    example,
    expected,
    found
from total
where not coalesce(abs(found - expected) < 0.01, false)
