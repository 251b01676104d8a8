-- The polynomial against tabulated values of the standard normal distribution function.
with cases as (
    {%- for z, expected in [
        (0, 0.5), (1, 0.8413447461), (1.959963985, 0.975), (-1.959963985, 0.025),
        (-3, 0.0013498980), (4.5, 0.9999966023),
    ] %}
    select
        {{ z }} as z,
        {{ normal_cdf(z) }} as found,
        {{ expected }} as expected
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from cases
where not coalesce(abs(found - expected) < 1e-7, false)
