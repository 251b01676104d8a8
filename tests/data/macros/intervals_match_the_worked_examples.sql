-- Wilson and Newcombe bounds against the hand-calculated examples E1, E9, E13 and E14.
with cases as (
    {%- for label, low, high, expected_low, expected_high in [
        ('E1 win rate 1 of 3', wilson('1', '3', 'low'), wilson('1', '3', 'high'), 0.0615, 0.7923),
        ('E13 Tuesday 12 of 40', wilson('12', '40', 'low'), wilson('12', '40', 'high'), 0.1807, 0.4543),
        ('E13 Tuesday, seven comparisons', wilson('12', '40', 'low', 2.69), wilson('12', '40', 'high', 2.69), 0.1487, 0.5126),
        ('E13 other days 40 of 200', wilson('40', '200', 'low'), wilson('40', '200', 'high'), 0.1505, 0.2609),
        ('E13 difference', newcombe('12', '40', '40', '200', 'low'), newcombe('12', '40', '40', '200', 'high'), -0.0339, 0.2621),
        ('E14 acceptance 14 of 20', wilson('14', '20', 'low'), wilson('14', '20', 'high'), 0.4810, 0.8545),
        ('E9 new customers', newcombe('8', '200', '2', '100', 'low'), newcombe('8', '200', '2', '100', 'high'), -0.0337, 0.0597),
        ('E9 loyal customers', newcombe('45', '300', '12', '100', 'low'), newcombe('45', '300', '12', '100', 'high'), -0.0560, 0.0972),
    ] %}
    select
        '{{ label }}' as label,
        round({{ low }}, 4) as low,
        round({{ high }}, 4) as high,
        {{ expected_low }} as expected_low,
        {{ expected_high }} as expected_high
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from cases
where abs(low - expected_low) > 1e-9 or abs(high - expected_high) > 1e-9
