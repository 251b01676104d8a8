{#- The band of a number, from seed band; half-open, from_value inclusive.

    band_join('amount_bands', 'amount_band', 'deals.net_amount')   left join, at most one row
    amount_bands.band                                              NULL where the number is missing -#}
{% macro band_join(alias, band_type, value) -%}
    left join {{ ref('band') }} as {{ alias }}
        on
            {{ alias }}.band_type = '{{ band_type }}'
            and {{ value }} >= coalesce({{ alias }}.from_value, {{ value }})
            and ({{ alias }}.to_value is null or {{ value }} < {{ alias }}.to_value)
{%- endmacro %}
