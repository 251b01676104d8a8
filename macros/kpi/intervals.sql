{#- Two-sided 95 % normal quantile; Bonferroni callers pass their own (2.69 for seven comparisons). -#}
{% macro z_95() -%}
    1.959963984540054
{%- endmacro %}

{#- Wilson score interval of `successes` out of `trials` (G10). `bound` is 'low' or 'high'. NULL for no
    trials. Source: Wilson 1927, as in Brown, Cai & DasGupta 2001. -#}
{% macro wilson(successes, trials, bound, z=none) -%}
    {%- if is_linting() -%}{%- do return('(' ~ successes ~ ' / ' ~ trials ~ ')') -%}{%- endif -%}
    {%- set z = z or z_95() -%}
    {%- set p = '(' ~ successes ~ ' / nullif(cast(' ~ trials ~ ' as double), 0))' -%}
    {%- set n = 'nullif(cast(' ~ trials ~ ' as double), 0)' -%}
    (
        ({{ p }} + {{ z }} * {{ z }} / (2 * {{ n }}))
        {{ '-' if bound == 'low' else '+' }} {{ z }} * sqrt(
            greatest({{ p }} * (1 - {{ p }}), 0) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }})
        )
    ) / (1 + {{ z }} * {{ z }} / {{ n }})
{%- endmacro %}

{#- Newcombe's interval (hybrid score, method 10) of the difference p1 - p2 (G10). -#}
{% macro newcombe(successes_1, trials_1, successes_2, trials_2, bound, z=none) -%}
    {%- if is_linting() -%}{%- do return('(' ~ successes_1 ~ ' / ' ~ trials_1 ~ ')') -%}{%- endif -%}
    {%- set p1 = '(' ~ successes_1 ~ ' / nullif(cast(' ~ trials_1 ~ ' as double), 0))' -%}
    {%- set p2 = '(' ~ successes_2 ~ ' / nullif(cast(' ~ trials_2 ~ ' as double), 0))' -%}
    {%- set near = wilson(successes_1, trials_1, bound, z) -%}
    {%- set far = wilson(successes_2, trials_2, 'high' if bound == 'low' else 'low', z) -%}
    ({{ p1 }} - {{ p2 }}) {{ '-' if bound == 'low' else '+' }} sqrt(
        power({{ p1 }} - ({{ near }}), 2) + power({{ p2 }} - ({{ far }}), 2)
    )
{%- endmacro %}

{#- One bound of the interval of a balance in points (NPS and the like, G10), from the sum and the sum of
    squares of scores +1, 0, -1: 100 × (mean ± z × √(variance ÷ n)), clipped to ±100. With P promoters
    and D detractors the variance is P + D - (P - D)², all as shares. -#}
{% macro balance_bound(total, squares, trials, bound) -%}
    {%- if is_linting() -%}{%- do return('(' ~ total ~ ' / ' ~ trials ~ ')') -%}{%- endif -%}
    {%- set n = 'nullif(cast(' ~ trials ~ ' as double), 0)' -%}
    {%- set mean = '(' ~ total ~ ' / ' ~ n ~ ')' -%}
    {%- set reach = z_95() ~ ' * sqrt(greatest(' ~ squares ~ ' / ' ~ n ~ ' - ' ~ mean ~ ' * ' ~ mean ~ ', 0) / ' ~ n ~ ')' -%}
    {%- if bound == 'low' -%}
    case when {{ trials }} > 0 then greatest(100 * ({{ mean }} - {{ reach }}), -100.0) end
    {%- else -%}
    case when {{ trials }} > 0 then least(100 * ({{ mean }} + {{ reach }}), 100.0) end
    {%- endif -%}
{%- endmacro %}
