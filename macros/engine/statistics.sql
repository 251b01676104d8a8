{#- Standard normal distribution function by a polynomial, off by less than 1e-7: no engine of ours has
    erf. Source: Abramowitz & Stegun 1964, 26.2.17. -#}
{% macro normal_cdf(z) %}
    {{- return(adapter.dispatch('normal_cdf')(z)) -}}
{% endmacro %}

{% macro default__normal_cdf(z) -%}
    {%- if is_linting() -%}{%- do return('abs(' ~ z ~ ')') -%}{%- endif -%}
    {%- set t = '(1.0 / nullif(1.0 + 0.2316419 * abs(' ~ z ~ '), 0))' -%}
    {%- set tail -%}
        0.3989422804014327 * exp(-0.5 * ({{ z }}) * ({{ z }})) * {{ t }} * (
            0.319381530 + {{ t }} * (-0.356563782 + {{ t }} * (
                1.781477937 + {{ t }} * (-1.821255978 + {{ t }} * 1.330274429)
            ))
        )
    {%- endset -%}
    case when ({{ z }}) < 0 then {{ tail }} else 1.0 - {{ tail }} end
{%- endmacro %}
