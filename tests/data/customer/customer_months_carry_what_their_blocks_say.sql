-- A customer month carries the value of each block of the same account and month. Catches a block
-- joined on another day or month, which leaves only defaults behind.
{%- set carried = [
    ('int_contract_state_month', 'contract_term'), ('int_journey_stage_month', 'journey_stage'),
    ('int_inactivity_month', 'inactivity_signals'), ('int_account_value_month', 'cm2_r12_amount'),
    ('int_customer_value_month', 'predictive_clv_amount'), ('int_let_go_month', 'let_go_stage'),
    ('int_customer_channel_month', 'is_contactable'), ('int_relationship_month', 'stale_reason'),
] %}
with months as (
    select * from {{ ref('fct_customer_month') }}
),

carried as (
    {%- for model, column in carried %}
    select
        '{{ column }}' as column_name,
        account_id,
        month_start,
        cast({{ column }} as varchar) as value
    from {{ ref(model) }}
    where {{ column }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

found as (
    {%- for model, column in carried %}
    select
        '{{ column }}' as column_name,
        account_id,
        month_start,
        cast({{ column }} as varchar) as value
    from months
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    carried.column_name,
    carried.account_id,
    carried.month_start,
    carried.value,
    found.value as found_value
from carried
inner join found
    on
        carried.column_name = found.column_name
        and carried.account_id = found.account_id
        and carried.month_start = found.month_start
where carried.value is distinct from found.value
