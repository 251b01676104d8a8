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
),

-- The months are joined in groups: in one chain all of them would have to lie in memory at once.
amounts as (
    select
        customers.account_id,
        customers.month_start,
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
        customer_values.acquisition_cost_to_date_amount
    from customers
    inner join {{ ref('int_account_month') }} as months
        on
            customers.account_id = months.account_id
            and customers.month_start = months.month_start
    left join {{ ref('int_account_value_month') }} as margins
        on
            customers.account_id = margins.account_id
            and customers.month_start = margins.month_start
    left join {{ ref('int_account_value_month') }} as previous_margins
        on
            customers.account_id = previous_margins.account_id
            and customers.previous_month = previous_margins.month_start
    left join {{ ref('int_customer_value_month') }} as customer_values
        on
            customers.account_id = customer_values.account_id
            and customers.month_start = customer_values.month_start
),

signals as (
    select
        customers.account_id,
        customers.month_start,
        contracts.contract_term,
        contracts.contract_end_date,
        stages.journey_stage,
        stages.is_in_renewal_window,
        stages.has_open_detractor,
        stages.sla_breach_count,
        inactivity.last_signal_on,
        inactivity.inactivity_signals,
        inactivity.is_inactive,
        channels.is_contactable
    from customers
    left join {{ ref('int_contract_state_month') }} as contracts
        on
            customers.account_id = contracts.account_id
            and customers.month_start = contracts.month_start
    left join {{ ref('int_journey_stage_month') }} as stages
        on
            customers.account_id = stages.account_id
            and customers.month_start = stages.month_start
    left join {{ ref('int_inactivity_month') }} as inactivity
        on
            customers.account_id = inactivity.account_id
            and customers.month_start = inactivity.month_start
    left join {{ ref('int_customer_channel_month') }} as channels
        on
            customers.account_id = channels.account_id
            and customers.month_start = channels.month_start
),

relations as (
    select
        customers.account_id,
        customers.month_start,
        relationships.last_interaction_on,
        relationships.has_active_owner,
        relationships.has_valid_contact,
        relationships.has_recent_interaction,
        relationships.is_verified,
        relationships.failed_condition_count,
        relationships.is_fresh,
        relationships.stale_reason,
        let_go.let_go_stage,
        let_go.last_refusal_on,
        coalesce(let_go.is_let_go_candidate, false) as is_let_go_candidate,
        coalesce(previous_let_go.is_let_go_candidate, false) as was_let_go_candidate
    from customers
    left join {{ ref('int_relationship_month') }} as relationships
        on
            customers.account_id = relationships.account_id
            and customers.month_start = relationships.month_start
    left join {{ ref('int_let_go_month') }} as let_go
        on
            customers.account_id = let_go.account_id
            and customers.month_start = let_go.month_start
    left join {{ ref('int_let_go_month') }} as previous_let_go
        on
            customers.account_id = previous_let_go.account_id
            and customers.previous_month = previous_let_go.month_start
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
    signals.contract_term,
    signals.contract_end_date,
    signals.journey_stage,
    signals.is_in_renewal_window,
    signals.has_open_detractor,
    signals.sla_breach_count,
    signals.last_signal_on,
    signals.inactivity_signals,
    case when customers.is_active_at_end then signals.is_inactive end as is_inactive,
    relations.last_interaction_on,
    relations.has_active_owner,
    relations.has_valid_contact,
    relations.has_recent_interaction,
    relations.is_verified,
    relations.failed_condition_count,
    relations.is_fresh,
    relations.stale_reason,
    amounts.opening_mrr_amount,
    amounts.new_mrr_amount,
    amounts.expansion_mrr_amount,
    amounts.contraction_mrr_amount,
    amounts.churn_mrr_amount,
    amounts.reactivation_mrr_amount,
    amounts.closing_mrr_amount,
    amounts.contracted_mrr_amount,
    amounts.unconverted_mrr_amount,
    amounts.net_revenue_amount,
    amounts.direct_cost_amount,
    amounts.cm1_amount,
    amounts.service_cost_amount,
    amounts.cm2_amount,
    amounts.retention_cost_amount,
    amounts.cm3_amount,
    amounts.acquisition_cost_amount,
    amounts.unconverted_amount,
    amounts.net_revenue_r12_amount,
    amounts.cm1_r12_amount,
    amounts.cm2_r12_amount,
    amounts.cm3_r12_amount,
    amounts.opening_cm2_r12_amount,
    amounts.decile,
    amounts.is_unprofitable,
    amounts.monthly_cm2_amount,
    amounts.monthly_retention_rate,
    amounts.predictive_clv_amount,
    amounts.predictive_clv_before_service_amount,
    amounts.predictive_revenue_amount,
    amounts.cm2_to_date_amount,
    amounts.acquisition_cost_to_date_amount,
    relations.is_let_go_candidate,
    relations.let_go_stage,
    relations.last_refusal_on,
    relations.was_let_go_candidate,
    signals.is_contactable
from customers
inner join {{ ref('int_customer_attribute_month') }} as attributes
    on
        customers.account_id = attributes.account_id
        and customers.month_start = attributes.month_start
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
inner join amounts
    on
        customers.account_id = amounts.account_id
        and customers.month_start = amounts.month_start
left join signals
    on
        customers.account_id = signals.account_id
        and customers.month_start = signals.month_start
left join relations
    on
        customers.account_id = relations.account_id
        and customers.month_start = relations.month_start
