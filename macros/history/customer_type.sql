{#- new, other or loyal on a day, in two parts.

    customer_type_join('types', 'deals.account_id', 'deals.closed_on')   left join, at most one row
    customer_type('types', 'deals.account_id')                           NULL without an account -#}
{% macro customer_type_join(alias, account_id, event_date) -%}
    left join {{ ref('int_customer_type_period') }} as {{ alias }}
        on
            {{ account_id }} = {{ alias }}.account_id
            and {{ event_date }} >= {{ alias }}.valid_from
            and {{ event_date }} < {{ alias }}.valid_to
{%- endmacro %}

{#- An account that never bought has no row and is new. -#}
{% macro customer_type(alias, account_id) -%}
    case when {{ account_id }} is not null then coalesce({{ alias }}.customer_type, 'new') end
{%- endmacro %}
