with users as (
    select * from {{ ref('crm_app_user') }}
),

-- A display name tells two people of the same name apart. Without rep-level approval (G14) it is
-- the key, which says nothing outside the CRM.
{%- set name = 'full_name' if var('rep_level_enabled') else 'user_id' %}
named as (
    select
        user_id,
        case
            when {{ name }} is null then user_id
            when count(*) over (partition by {{ name }}) > 1
                then {{ name }} || ' (' || user_id || ')'
            else {{ name }}
        end as rep
    from users
)

select
    users.user_id,
    named.rep,
    users.team,
    users.department,
    users.region,
    users.manager_user_id,
    managers.rep as manager,
    users.user_type,
    -- Integration and system users are no people (G7); a source that names no type has people only.
    lower(coalesce(users.user_type, 'human')) = 'human' as is_human,
    coalesce(users.is_active, true) as is_active,
    coalesce(users.is_crm_licensed, false) as is_crm_licensed,
    users.licensed_from,
    users.licensed_to,
    users.hired_on,
    users.left_on,
    users.timezone,
    users.source_name
from users
inner join named
    on users.user_id = named.user_id
left join named as managers
    on users.manager_user_id = managers.user_id
