-- A fraction is no integer: 2.5 is a reject instead of a silent 3.
with cases as (
    {%- for text, expected in [
        ('7', 7), ('-7', -7), ('7.0', 7), ('2.5', none), ('7 days', none), ('99999999999', none),
    ] %}
    select
        {{ read_integer("'" ~ text ~ "'") }} as actual,
        cast({{ expected if expected is not none else 'null' }} as integer) as expected,
        '{{ text }}' as label
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from cases
where actual is distinct from expected
