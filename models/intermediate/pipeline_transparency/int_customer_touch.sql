-- What people did with a customer, whatever it was logged on.
with contacts as (
    select
        contact_id,
        account_id
    from {{ ref('crm_contact') }}
),

cases as (
    select
        case_id,
        account_id
    from {{ ref('int_case') }}
)

select
    activities.activity_id,
    coalesce(activities.account_id, contacts.account_id, cases.account_id) as account_id,
    activities.user_id,
    activities.started_at,
    {{ reporting_date('activities.started_at') }} as started_on
from {{ ref('crm_activity') }} as activities
left join contacts
    on activities.contact_id = contacts.contact_id
left join cases
    on activities.case_id = cases.case_id
left join {{ ref('dim_user') }} as users
    on activities.user_id = users.user_id
where
    activities.started_at < {{ as_of_timestamp() }}
    and activities.completed_at < {{ as_of_timestamp() }}
    and not coalesce(activities.is_automated, false)
    and coalesce(users.is_human, true)
    and coalesce(activities.account_id, contacts.account_id, cases.account_id) is not null
