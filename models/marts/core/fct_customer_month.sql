with customers as (
    select
        customers.*,
        {{ date_plus_months('customers.month_start', -1) }} as previous_month
    from {{ ref('int_customer_month') }} as customers
),

spells as (
    select
        account_id,
        spell_no,
        confirmed_on,
        cancel_type,
        cancel_reason,
        switched_to_competitor
    from {{ ref('int_customer_spell') }}
)

select
    customers.account_id,
    customers.month_start,
    customers.month_end,
    accounts.name as account_name,
    customers.spell_basis,
    customers.spell_no,
    customers.spell_start,
    customers.opening_spell_no,
    customers.opening_spell_churn_date,
    opening_spells.confirmed_on as opening_spell_confirmed_on,
    opening_spells.cancel_type as opening_spell_cancel_type,
    customers.is_active_at_start,
    customers.is_active_at_end,
    customers.new_count,
    customers.reactivated_count,
    customers.lost_count,
    customers.lost_from_base_count,
    customers.churn_date,
    lost_spells.confirmed_on,
    customers.has_provisional_churn,
    lost_spells.cancel_type,
    lost_spells.cancel_reason as reason,
    lost_spells.switched_to_competitor as competitor,
    attributes.observed_on,
    attributes.region,
    attributes.country,
    attributes.segment,
    attributes.industry,
    attributes.owner_user_id,
    attributes.is_owner_as_was,
    attributes.rep,
    attributes.team,
    attributes.department,
    attributes.tenure_months,
    attributes.tenure_band,
    attributes.opening_tenure_band,
    {{ month_start('acquisitions.acquired_on') }} as cohort_month,
    cast(extract(year from acquisitions.acquired_on) as varchar) as cohort_year,
    contracts.contract_term,
    contracts.contract_end_date,
    stages.journey_stage,
    stages.is_in_renewal_window,
    stages.has_open_detractor,
    stages.sla_breach_count,
    inactivity.last_signal_on,
    inactivity.inactivity_signals,
    case when customers.is_active_at_end then inactivity.is_inactive end as is_inactive,
    relationships.last_interaction_on,
    relationships.has_active_owner,
    relationships.has_valid_contact,
    relationships.has_recent_interaction,
    relationships.is_verified,
    relationships.failed_condition_count,
    relationships.is_fresh,
    relationships.stale_reason,
    months.opening_mrr_amount,
    months.new_mrr_amount,
    months.expansion_mrr_amount,
    months.contraction_mrr_amount,
    months.churn_mrr_amount,
    months.reactivation_mrr_amount,
    months.closing_mrr_amount,
    months.contracted_mrr_amount,
    months.unconverted_mrr_amount,
    months.net_revenue_amount,
    months.direct_cost_amount,
    months.cm1_amount,
    months.service_cost_amount,
    months.cm2_amount,
    months.retention_cost_amount,
    months.cm3_amount,
    months.acquisition_cost_amount,
    months.unconverted_amount,
    margins.net_revenue_r12_amount,
    margins.cm1_r12_amount,
    margins.cm2_r12_amount,
    margins.cm3_r12_amount,
    previous_margins.cm2_r12_amount as opening_cm2_r12_amount,
    customer_values.decile,
    customer_values.is_unprofitable,
    customer_values.monthly_cm2_amount,
    customer_values.monthly_retention_rate,
    customer_values.predictive_clv_amount,
    customer_values.predictive_clv_before_service_amount,
    customer_values.predictive_revenue_amount,
    customer_values.cm2_to_date_amount,
    customer_values.acquisition_cost_to_date_amount,
    coalesce(let_go.is_let_go_candidate, false) as is_let_go_candidate,
    let_go.let_go_stage,
    let_go.last_refusal_on,
    coalesce(previous_let_go.is_let_go_candidate, false) as was_let_go_candidate,
    channels.is_contactable
from customers
inner join {{ ref('int_customer_attribute_month') }} as attributes
    on
        customers.account_id = attributes.account_id
        and customers.month_start = attributes.month_start
inner join {{ ref('int_account_month') }} as months
    on
        customers.account_id = months.account_id
        and customers.month_start = months.month_start
left join {{ ref('crm_account') }} as accounts
    on customers.account_id = accounts.account_id
left join spells as lost_spells
    on
        customers.account_id = lost_spells.account_id
        and customers.lost_spell_no = lost_spells.spell_no
left join spells as opening_spells
    on
        customers.account_id = opening_spells.account_id
        and customers.opening_spell_no = opening_spells.spell_no
left join {{ ref('int_customer_acquisition') }} as acquisitions
    on customers.account_id = acquisitions.account_id
{%- for alias, model in [
    ('contracts', 'int_contract_state_month'), ('stages', 'int_journey_stage_month'),
    ('inactivity', 'int_inactivity_month'), ('margins', 'int_account_value_month'),
    ('customer_values', 'int_customer_value_month'), ('let_go', 'int_let_go_month'),
    ('channels', 'int_customer_channel_month'),
    ('relationships', 'int_relationship_month'),
] %}
left join {{ ref(model) }} as {{ alias }}
    on
        customers.account_id = {{ alias }}.account_id
        and customers.month_start = {{ alias }}.month_start
{%- endfor %}
{%- for alias, model in [
    ('previous_margins', 'int_account_value_month'), ('previous_let_go', 'int_let_go_month'),
] %}
left join {{ ref(model) }} as {{ alias }}
    on
        customers.account_id = {{ alias }}.account_id
        and customers.previous_month = {{ alias }}.month_start
{%- endfor %}
