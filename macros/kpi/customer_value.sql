{#- What a customer is still expected to bring: margin × q × (1 - q^H) ÷ (1 - q), with
    q = retention ÷ (1 + d).

    margin            expression, mean margin per month (a negative one is kept)
    retention         expression, monthly retention
    monthly_discount  expression, monthly discount rate
    horizon_months    expression -#}
{% macro remaining_value(margin, retention, monthly_discount, horizon_months) -%}
    {%- if is_linting() -%}{%- do return('(' ~ margin ~ ' * ' ~ retention ~ ')') -%}{%- endif -%}
    {%- set q = '((' ~ retention ~ ') / nullif(1.0 + ' ~ monthly_discount ~ ', 0))' -%}
    ({{ margin }}) * case
        when abs(1.0 - {{ q }}) < 1e-12 then {{ horizon_months }}
        else {{ q }} * (1.0 - power({{ q }}, {{ horizon_months }})) / nullif(1.0 - {{ q }}, 0)
    end
{%- endmacro %}

{#- Monthly discount rate of parameter discount_rate_pa: (1 + annual)^(1/12) - 1. -#}
{% macro monthly_discount_rate() -%}
    (power(1.0 + {{ parameter('discount_rate_pa') }}, 1.0 / 12) - 1.0)
{%- endmacro %}

{#- Months as they count everywhere: days ÷ 30.4375 (settled reading 7). -#}
{% macro days_as_months(days) -%}
    ({{ days }} / 30.4375)
{%- endmacro %}
