{#- Currency conversion at the attribution date (G4), in two parts.

    fx_join('fx', 'invoices.currency', 'invoices.invoice_date')
        the join that brings the rate of that day
    reporting_amount('invoices.net_amount', 'invoices.currency', 'fx')
        double in the reporting currency; NULL where no rate is at most fx_max_age_days old
    unconverted_amount(…)
        what is missing for want of a rate: absolute amount at the last rate of any age, 0 where
        nothing is missing, infinity where the currency never had a rate (share unknown) -#}
{% macro fx_join(alias, currency, date_value) -%}
    left join {{ ref('int_currency_day') }} as {{ alias }}
        on
            {{ currency }} = {{ alias }}.currency
            and {{ date_value }} = {{ alias }}.rate_on
{%- endmacro %}

{% macro reporting_amount(amount, currency, alias='fx') -%}
    case
        when {{ currency }} = {{ reporting_currency() }} then cast({{ amount }} as double)
        else cast({{ amount }} as double) * {{ alias }}.rate
    end
{%- endmacro %}

{% macro unconverted_amount(amount, currency, alias='fx') -%}
    case
        when {{ amount }} is null or {{ currency }} = {{ reporting_currency() }} or {{ alias }}.rate is not null then 0.0
        else coalesce(abs(cast({{ amount }} as double)) * {{ alias }}.last_rate, cast('infinity' as double))
    end
{%- endmacro %}
