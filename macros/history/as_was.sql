{#- Values as they were at an instant (C8, G12), from int_field_value, in two parts.

    as_was_join('owner', 'opportunity', 'deals.opportunity_id', 'owner_user_id', 'deals.outcome_at')
        the join that brings the value in force at that instant, at most one row
    as_was_value('owner', 'deals.owner_user_id')
        that value; the current one for a record whose field has no recorded change
    is_as_was('owner')
        true where the value comes from the history -#}
{% macro as_was_join(alias, object_type, record_id, field_name, instant) -%}
    left join {{ ref('int_field_value') }} as {{ alias }}
        on
            {{ record_id }} = {{ alias }}.record_id
            and {{ alias }}.object_type = '{{ object_type }}'
            and {{ alias }}.field_name = '{{ field_name }}'
            and {{ instant }} >= {{ alias }}.valid_from
            and {{ instant }} < {{ alias }}.valid_to
{%- endmacro %}

{% macro as_was_value(alias, current_value, data_type='varchar') -%}
    case
        when {{ alias }}.record_id is null then {{ current_value }}
        {%- if data_type == 'varchar' %}
        else {{ alias }}.value
        {%- else %}
        else try_cast({{ alias }}.value as {{ data_type }})
        {%- endif %}
    end
{%- endmacro %}

{% macro is_as_was(alias) -%}
    {{ alias }}.record_id is not null
{%- endmacro %}

{#- The bounds of a value that held before the first change and of one that still holds. -#}
{% macro first_instant() -%}
    cast('1900-01-01 00:00:00' as timestamp)
{%- endmacro %}

{% macro last_instant() -%}
    cast('9999-12-31 00:00:00' as timestamp)
{%- endmacro %}
