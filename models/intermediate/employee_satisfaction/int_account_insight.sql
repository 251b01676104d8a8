-- How well an active customer is known today. The items keep no history, so there is no other day.
with customers as (
    select
        account_id,
        month_start,
        team,
        segment
    from {{ ref('fct_customer_month') }}
    where is_active_at_end and month_start = {{ month_start(as_of_date()) }}
),

contacts as (
    select
        account_id,
        count(*) as contact_count,
        max(case when is_decision_maker then 1 else 0 end) as decision_maker_count
    from {{ ref('crm_contact') }}
    where master_contact_id is null and created_at < {{ as_of_timestamp() }}
    group by account_id
),

next_steps as (
    select distinct account_id
    from {{ ref('crm_opportunity') }}
    where
        not coalesce(is_closed, false)
        and next_step is not null
        and next_step_due_date >= {{ as_of_date() }}
    union
    select distinct account_id
    from {{ ref('crm_activity') }}
    where
        completed_at is null
        and started_at >= {{ as_of_timestamp() }}
        and not coalesce(is_automated, false)
        and account_id is not null
),

notes as (
    select distinct account_id
    from {{ ref('crm_activity') }}
    where
        activity_type = 'note'
        and completed_at < {{ as_of_timestamp() }}
        and {{ reporting_date('completed_at') }} >= {{ date_plus_days(as_of_date(), -180) }}
        and account_id is not null
),

contracts as (
    select distinct account_id
    from {{ ref('crm_contract_line') }}
    where
        start_date <= {{ as_of_date() }}
        and (end_date is null or end_date >= {{ as_of_date() }})
    union
    select distinct account_id
    from {{ ref('crm_opportunity') }}
    where lost_competitor is not null
)

select
    customers.account_id,
    customers.month_start,
    customers.team,
    customers.segment,
    coalesce(contacts.contact_count >= 2, false) as has_contacts,
    coalesce(contacts.decision_maker_count > 0, false) as has_decision_maker,
    next_steps.account_id is not null as has_next_step,
    notes.account_id is not null as has_note,
    contracts.account_id is not null as has_contract_or_competitor
from customers
left join contacts
    on customers.account_id = contacts.account_id
left join next_steps
    on customers.account_id = next_steps.account_id
left join notes
    on customers.account_id = notes.account_id
left join contracts
    on customers.account_id = contracts.account_id
