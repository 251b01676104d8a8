-- The stage a customer entered the month in, before anything of the month was known: hazard = who
-- then left. Of the stages that apply the one with the first priority counts (seed
-- churn_journey_stage).
with customer_months as (
    select
        account_id,
        month_start,
        case
            when is_active_at_start then {{ date_plus_days('month_start', -1) }}
            else spell_start
        end as state_on,
        coalesce(opening_spell_start, spell_start) as spell_start
    from {{ ref('int_customer_month') }}
),

detractor_scale as (
    select max(dissatisfied_to) as dissatisfied_to
    from {{ ref('feedback_scale') }}
    where feedback_type = 'NPS'
),

-- A detractor is open until somebody has followed up.
detractors as (
    select
        coalesce(answers.account_id, contacts.account_id, cases.account_id) as account_id,
        {{ reporting_date('answers.responded_at') }} as responded_on,
        {{ reporting_date('answers.followed_up_at') }} as followed_up_on
    from {{ ref('crm_feedback') }} as answers
    left join {{ ref('crm_contact') }} as contacts
        on answers.contact_id = contacts.contact_id
    left join {{ ref('crm_support_case') }} as cases
        on answers.case_id = cases.case_id
    where
        upper(answers.feedback_type) = 'NPS'
        and not coalesce(answers.is_excluded, false)
        and answers.responded_at < {{ as_of_timestamp() }}
        and answers.score <= (select detractor_scale.dissatisfied_to from detractor_scale)
),

with_detractors as (
    select distinct
        customer_months.account_id,
        customer_months.month_start
    from customer_months
    inner join detractors
        on
            customer_months.account_id = detractors.account_id
            and customer_months.state_on >= detractors.responded_on
            and detractors.responded_on
            > {{ date_plus_days('customer_months.state_on', '-' ~ parameter('journey_risk_days')) }}
            and (
                detractors.followed_up_on is null
                or customer_months.state_on < detractors.followed_up_on
            )
),

breaches as (
    select
        account_id,
        {{ reporting_date('decided_at') }} as breached_on
    from {{ ref('int_case_sla') }}
    where not is_met and account_id is not null
),

with_breaches as (
    select
        customer_months.account_id,
        customer_months.month_start,
        cast(count(*) as integer) as sla_breach_count
    from customer_months
    inner join breaches
        on
            customer_months.account_id = breaches.account_id
            and customer_months.state_on >= breaches.breached_on
            and breaches.breached_on
            > {{ date_plus_days('customer_months.state_on', '-' ~ parameter('journey_risk_days')) }}
    group by customer_months.account_id, customer_months.month_start
),

signs as (
    select
        customer_months.account_id,
        customer_months.month_start,
        customer_months.state_on,
        {{ days_between('customer_months.spell_start', 'customer_months.state_on') }}
            as customer_days,
        with_detractors.account_id is not null as has_open_detractor,
        coalesce(with_breaches.sla_breach_count, 0) as sla_breach_count,
        coalesce(contracts.is_in_renewal_window, false) as is_in_renewal_window
    from customer_months
    left join with_detractors
        on
            customer_months.account_id = with_detractors.account_id
            and customer_months.month_start = with_detractors.month_start
    left join with_breaches
        on
            customer_months.account_id = with_breaches.account_id
            and customer_months.month_start = with_breaches.month_start
    left join {{ ref('int_contract_state_month') }} as contracts
        on
            customer_months.account_id = contracts.account_id
            and customer_months.month_start = contracts.month_start
)

select
    signs.account_id,
    signs.month_start,
    signs.state_on,
    signs.customer_days,
    signs.has_open_detractor,
    signs.sla_breach_count,
    signs.is_in_renewal_window,
    stages.journey_stage
from signs
left join {{ ref('churn_journey_stage') }} as stages
    on case
            when stages.journey_stage = 'at_risk'
                then
                    signs.has_open_detractor
                    or signs.sla_breach_count >= {{ parameter('journey_risk_breaches') }}
            when stages.journey_stage = 'renewal' then signs.is_in_renewal_window
            else
                signs.customer_days >= coalesce(stages.from_day, 0)
                and (stages.to_day is null or signs.customer_days <= stages.to_day)
        end
qualify row_number() over (
        partition by signs.account_id, signs.month_start
        order by stages.priority
    ) = 1
