with spells as (
    select
        spells.*,
        least(coalesce(spells.churn_date, {{ as_of_date() }}), {{ as_of_date() }}) as observed_on,
        lag(spells.churn_date) over (partition by spells.account_id order by spells.spell_no)
            as previous_churn_date,
        lag(spells.cancel_reason) over (partition by spells.account_id order by spells.spell_no)
            as previous_reason
    from {{ ref('int_customer_spell') }} as spells
    where spells.spell_start <= {{ as_of_date() }}
),

reasons as (
    select * from {{ ref('reason_group') }}
    where reason_type = 'churn'
)

select
    spells.account_id,
    spells.spell_no,
    accounts.name as account_name,
    spells.spell_basis,
    spells.spell_start,
    spells.spell_end,
    spells.churn_date,
    spells.confirmed_on,
    spells.has_churned,
    spells.is_confirmed_churn,
    spells.cancel_type,
    case when spells.has_churned then spells.cancel_reason end as reason,
    case when spells.has_churned then reasons.reason_group end as reason_group,
    case
        when spells.has_churned
            then spells.cancel_type = 'payment_failure' or coalesce(reasons.is_involuntary, false)
    end as is_involuntary,
    case when spells.has_churned then spells.switched_to_competitor end as competitor,
    -- Who was sent away or did not pay has not switched, whatever it bought afterwards.
    case
        when spells.has_churned
            then spells.switched_to_competitor is not null
                and coalesce(spells.cancel_type, 'none') not in ('vendor', 'payment_failure')
                and not coalesce(reasons.is_involuntary, false)
    end as is_competitor_switch,
    spells.previous_churn_date,
    spells.previous_reason,
    last_months.region,
    last_months.country,
    last_months.segment,
    last_months.industry,
    last_months.owner_user_id,
    last_months.rep,
    last_months.team,
    cast({{ days_as_months(days_between('spells.spell_start', 'spells.observed_on')) }} as double)
        as tenure_months,
    tenure_bands.band as tenure_band,
    last_months.cohort_month,
    last_months.cohort_year,
    last_months.contract_term,
    last_months.journey_stage,
    last_months.sla_breach_count,
    -- Who joined within the month had no opening MRR to lose.
    case
        when spells.has_churned and last_months.opening_spell_no = spells.spell_no
            then last_months.churn_mrr_amount
        when spells.has_churned and last_months.churn_mrr_amount is not null then 0.0
    end as lost_mrr_amount,
    last_months.unconverted_mrr_amount,
    case when spells.has_churned then last_months.opening_cm2_r12_amount end as lost_cm2_r12_amount,
    case when spells.has_churned then last_months.was_let_go_candidate end as was_let_go_candidate,
    spell_deals.opportunity_id as first_opportunity_id,
    spell_deals.lead_source,
    campaigns.campaign
from spells
left join {{ ref('crm_account') }} as accounts
    on spells.account_id = accounts.account_id
left join {{ ref('fct_customer_month') }} as last_months
    on
        spells.account_id = last_months.account_id
        and last_months.month_start = {{ month_start('spells.observed_on') }}
left join {{ ref('int_spell_deal') }} as spell_deals
    on
        spells.account_id = spell_deals.account_id
        and spells.spell_no = spell_deals.spell_no
left join {{ ref('dim_campaign') }} as campaigns
    on spell_deals.campaign_id = campaigns.campaign_id
left join reasons
    on spells.cancel_reason = reasons.reason
{{ band_join(
    'tenure_bands', 'tenure_band',
    days_as_months(days_between('spells.spell_start', 'spells.observed_on'))
) }}
