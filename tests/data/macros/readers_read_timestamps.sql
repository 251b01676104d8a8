-- Naive text is read in the source's zone, text with an offset says its own. Vienna 2024: the hour
-- 02:00–03:00 is missing on 31 March and happens twice on 27 October (the second one is meant).
-- Catches the offset dropped by a plain cast and a date read as a time zone.
with cases as (
    {%- for format, zone, text, expected in [
        (none, 'UTC', '2024-06-01 10:00:00', '2024-06-01 10:00:00'),
        (none, 'UTC', '2024-06-01T10:00:00Z', '2024-06-01 10:00:00'),
        (none, 'UTC', '2024-06-01T10:00:00+02:00', '2024-06-01 08:00:00'),
        (none, 'UTC', '2024-06-01', '2024-06-01 00:00:00'),
        (none, 'UTC', '2024-13-01 10:00:00', none),
        (none, 'Europe/Vienna', '2024-06-01 10:00:00', '2024-06-01 08:00:00'),
        (none, 'Europe/Vienna', '2024-12-01 10:00:00', '2024-12-01 09:00:00'),
        (none, 'Europe/Vienna', '2024-06-01 10:00:00+05:30', '2024-06-01 04:30:00'),
        (none, 'Europe/Vienna', '2024-06-01T10:00:00.250Z', '2024-06-01 10:00:00.250'),
        (none, 'Europe/Vienna', '2024-06-01', '2024-05-31 22:00:00'),
        (none, 'Europe/Vienna', '2024-03-31 01:59:00', '2024-03-31 00:59:00'),
        (none, 'Europe/Vienna', '2024-03-31 02:30:00', '2024-03-31 01:30:00'),
        (none, 'Europe/Vienna', '2024-03-31 03:00:00', '2024-03-31 01:00:00'),
        (none, 'Europe/Vienna', '2024-10-27 01:30:00', '2024-10-26 23:30:00'),
        (none, 'Europe/Vienna', '2024-10-27 02:30:00', '2024-10-27 01:30:00'),
        (none, 'America/New_York', '2024-03-10 02:30:00', '2024-03-10 07:30:00'),
        ('DD.MM.YYYY HH:MI', 'Europe/Vienna', '01.06.2024 10:00', '2024-06-01 08:00:00'),
        ('D Mon, YYYY HH:MI:SS', 'UTC', '15 Apr, 2021 00:02:00', '2021-04-15 00:02:00'),
        ('D Mon, YYYY HH:MI:SS', 'UTC', '15 April, 2021 00:02:00', none),
        ('epoch seconds', 'Europe/Vienna', '1717236000', '2024-06-01 10:00:00'),
        ('epoch milliseconds', 'Europe/Vienna', '1717236000250', '2024-06-01 10:00:00.250'),
    ] %}
    select
        {{ read_timestamp("'" ~ text ~ "'", format, zone) }} as actual,
        cast({{ "'" ~ expected ~ "'" if expected else 'null' }} as timestamp) as expected,
        '{{ format }} {{ zone }} {{ text }}' as label
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from cases
where actual is distinct from expected
