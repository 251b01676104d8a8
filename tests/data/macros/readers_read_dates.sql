-- A declared format is read exactly; text that does not fit is NULL, never another date. Catches
-- the two-digit year read as year 24, 31.02. rolled over, and month and day swapped.
with cases as (
    {%- for format, text, expected in [
        (none, '2024-02-29', '2024-02-29'),
        (none, '2023-02-29', none),
        (none, '29.02.2024', none),
        ('DD.MM.YYYY', '29.02.2024', '2024-02-29'),
        ('DD.MM.YYYY', '31.02.2024', none),
        ('DD.MM.YYYY', '01.02.24', none),
        ('DD.MM.YYYY', '2024-02-01', none),
        ('DD.MM.YYYY', '01.02.2024 x', none),
        ('DD-MM-YYYY', '05-04-2021', '2021-04-05'),
        ('DD-MM-YYYY', '2021-04-05', none),
        ('M/D/YYYY', '4/15/2024', '2024-04-15'),
        ('M/D/YYYY', '15/4/2024', none),
        ('M/D/YYYY', '12/31/2024', '2024-12-31'),
        ('D Mon, YYYY', '15 Apr, 2021', '2021-04-15'),
        ('epoch seconds', '1709164800', '2024-02-29'),
        ('epoch seconds', 'soon', none),
    ] %}
    select
        {{ read_date("'" ~ text ~ "'", format) }} as actual,
        cast({{ "'" ~ expected ~ "'" if expected else 'null' }} as date) as expected,
        '{{ format }} {{ text }}' as label
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from cases
where actual is distinct from expected
