-- Wilson and Newcombe bounds against the hand-calculated examples E1, E9, E13 and E14, and the
-- interval of the NPS against E5 (in points).
with cases as (
    {%- for label, won, tried, z, low, high in [
        ('E1 win rate', 1, 3, none, 0.0615, 0.7923),
        ('E13 Tuesday', 12, 40, none, 0.1807, 0.4543),
        ('E13 Tuesday, seven comparisons', 12, 40, 2.69, 0.1487, 0.5126),
        ('E13 other days', 40, 200, none, 0.1505, 0.2609),
        ('E14 acceptance', 14, 20, none, 0.4810, 0.8545),
    ] %}
    select
        '{{ label }}' as label,
        {{ wilson(won, tried, 'low', z) }} as low,
        {{ wilson(won, tried, 'high', z) }} as high,
        {{ low }} as expected_low,
        {{ high }} as expected_high
    union all
    {%- endfor %}
    {%- for label, won_1, tried_1, won_2, tried_2, low, high in [
        ('E13 difference', 12, 40, 40, 200, -0.0339, 0.2621),
        ('E9 new customers', 8, 200, 2, 100, -0.0337, 0.0597),
        ('E9 loyal customers', 45, 300, 12, 100, -0.0560, 0.0972),
    ] %}
    select
        '{{ label }}' as label,
        {{ newcombe(won_1, tried_1, won_2, tried_2, 'low') }} as low,
        {{ newcombe(won_1, tried_1, won_2, tried_2, 'high') }} as high,
        {{ low }} as expected_low,
        {{ high }} as expected_high
    union all
    {%- endfor %}
    {%- for label, promoters, detractors, answers, low, high in [
        ('E5 DE', 3, 2, 10, -33.3857, 53.3857),
        ('E5 US', 7, 2, 10, 0.0305, 99.9695),
        ('all promoters', 4, 0, 4, 100, 100),
        ('clipped', 4, 1, 5, -10.1218, 100),
    ] %}
    select
        '{{ label }}' as label,
        {{ balance_bound(promoters - detractors, promoters + detractors, answers, 'low') }}
            as low,
        {{ balance_bound(promoters - detractors, promoters + detractors, answers, 'high') }}
            as high,
        {{ low }} as expected_low,
        {{ high }} as expected_high
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from cases
where
    abs(round(low, 4) - expected_low) > 1e-9
    or abs(round(high, 4) - expected_high) > 1e-9
