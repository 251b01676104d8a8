-- An event belongs to the local day, also where the clock changes: in Vienna 22:30 UTC is the next
-- day in summer and 23:30 UTC in winter. Catches days cut in UTC and offsets applied the wrong way.
with cases as (
    {%- for utc, expected in [
        ('2024-06-30 21:59:59', '2024-06-30'),
        ('2024-06-30 22:00:00', '2024-07-01'),
        ('2024-12-31 22:59:59', '2024-12-31'),
        ('2024-12-31 23:00:00', '2025-01-01'),
        ('2024-03-30 23:00:00', '2024-03-31'),
        ('2024-03-31 21:59:59', '2024-03-31'),
        ('2024-03-31 22:00:00', '2024-04-01'),
        ('2024-10-26 22:00:00', '2024-10-27'),
        ('2024-10-27 22:59:59', '2024-10-27'),
        ('2024-10-27 23:00:00', '2024-10-28'),
    ] %}
    select
        cast({{ utc_to_local("timestamp '" ~ utc ~ "'", "'Europe/Vienna'") }} as date) as actual,
        date '{{ expected }}' as expected
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from cases
where actual is distinct from expected
