{#- The columns together identify a row. NULL parts count as a value, so that two rows without an
    optional part collide as well. -#}
{% test unique_key(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as n_rows
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
