-- A customer month carries the value of each block of the same account and month. Catches a block
-- joined on another day or month, which leaves only defaults behind.
{%- set carried = [
    ('int_contract_state_month', 'contract_term'), ('int_journey_stage_month', 'journey_stage'),
    ('int_inactivity_month', 'inactivity_signals'), ('int_account_value_month', 'cm2_r12_amount'),
    ('int_customer_value_month', 'predictive_clv_amount'), ('int_let_go_month', 'let_go_stage'),
    ('int_customer_channel_month', 'is_contactable'), ('int_relationship_month', 'stale_reason'),
] %}
{%- for model, column in carried %}
select
    '{{ column }}' as column_name,
    blocks.account_id,
    blocks.month_start,
    cast(blocks.{{ column }} as varchar) as value,
    cast(customers.{{ column }} as varchar) as found_value
from {{ ref(model) }} as blocks
inner join {{ ref('fct_customer_month') }} as customers
    on
        blocks.account_id = customers.account_id
        and blocks.month_start = customers.month_start
where
    blocks.{{ column }} is not null
    and blocks.{{ column }} is distinct from customers.{{ column }}
{{ 'union all' if not loop.last }}
{%- endfor %}
