-- The decimal sign is declared; an amount in the other notation is NULL, not a thousandfold.
-- Catches "1.234,56" read as 1.23 and accounting parentheses losing their sign.
with cases as (
    {%- for format, text, expected in [
        (none, '1234.56', '1234.56'),
        (none, '1,234.56', none),
        (none, '-12.5', '-12.50'),
        (none, 'n/a', none),
        ('1,234.56', '1,234.56', '1234.56'),
        ('1,234.56', '1234.56', '1234.56'),
        ('1,234.56', '1.234,56', none),
        ('1,234.56', '12,34.56', none),
        ('1,234.56', '$1,117.10K', '1117100.00'),
        ('1,234.56', '$2.5M', '2500000.00'),
        ('1,234.56', '(12.00)', '-12.00'),
        ('1,234.56', '-$12.00', '-12.00'),
        ('1,234.56', 'USD 1,000', '1000.00'),
        ('1,234.56', '12.00 or so', none),
        ('1.234,56', '1.234,56', '1234.56'),
        ('1.234,56', '1234,5', '1234.50'),
        ('1.234,56', '1.234', '1234.00'),
        ('1.234,56', '1,234.56', none),
        ('1.234,56', '1.234,56 €', '1234.56'),
        ('1.234,56', '-7,00 EUR', '-7.00'),
    ] %}
    select
        {{ read_text("'" ~ text ~ "'", 'decimal(18,2)', format, 'UTC') }} as actual,
        cast({{ "'" ~ expected ~ "'" if expected else 'null' }} as decimal(18, 2)) as expected,
        '{{ format }} {{ text }}' as label
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from cases
where actual is distinct from expected
