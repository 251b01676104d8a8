-- E4: 240 a month with retention 0.98 is worth 11 760 without discount and for ever (49 × 240),
-- 14 700 without service cost, 7840 at 1 % a month, 5192.20 over 36 months; a negative margin stays
-- negative; retention 1 without discount is the plain sum. A long horizon stands for the infinite
-- one.
with examples as (
    {%- for example, margin, retention, discount, horizon, expected in [
        ('undiscounted', 240, 0.98, 0, 100000, 11760),
        ('before service cost', 300, 0.98, 0, 100000, 14700),
        ('discounted', 240, 0.98, 0.01, 100000, 7840),
        ('three years', 240, 0.98, 0.01, 36, 5192.20),
        ('negative margin', -20, 0.98, 0, 100000, -980),
        ('for ever', 240, 1, 0, 36, 8640),
    ] %}
    select
        '{{ example }}' as example,
        cast({{ expected }} as double) as expected,
        cast({{ margin }} as double) as margin,
        cast({{ retention }} as double) as retention,
        cast({{ discount }} as double) as discount,
        {{ horizon }} as horizon
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

computed as (
    select
        example,
        expected,
        {{ remaining_value('margin', 'retention', 'discount', 'horizon') }} as found
    from examples
),

-- Historic 36 × 240 less the acquisition cost of 3000, plus what is left.
with_total as (
    select
        example,
        expected,
        found
    from computed
    union all
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
from with_total
where not coalesce(abs(found - expected) < 0.01, false)
