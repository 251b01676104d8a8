with recursive accounts as (
    select *
    from {{ ref('crm_account') }}
    where master_account_id is null
),

parents as (
    select
        children.account_id,
        children.parent_account_id
    from accounts as children
    inner join accounts as heads
        on children.parent_account_id = heads.account_id
    where children.parent_account_id <> children.account_id
),

-- The head of the group; the limit ends a chain that leads back into itself.
chains as (
    select
        account_id,
        parent_account_id as group_account_id,
        1 as depth
    from parents
    union all
    select
        chains.account_id,
        parents.parent_account_id as group_account_id,
        chains.depth + 1 as depth
    from chains
    inner join parents
        on chains.group_account_id = parents.account_id
    where chains.depth < {{ max_merge_depth() }}
),

groups as (
    select
        account_id,
        max_by(group_account_id, depth) as group_account_id
    from chains
    group by account_id
)

select
    accounts.account_id,
    accounts.name as account_name,
    accounts.account_type,
    case
        when bases.region_basis = 'account' then accounts.region
        else owners.region
    end as region,
    bases.region_basis,
    accounts.country,
    accounts.segment,
    accounts.industry,
    coalesce(accounts.is_strategic, false) as is_strategic,
    accounts.lead_source,
    accounts.billing_currency,
    accounts.owner_user_id,
    owners.rep,
    owners.team,
    owners.department,
    parents.parent_account_id,
    coalesce(groups.group_account_id, accounts.account_id) as group_account_id,
    accounts.last_verified_at,
    accounts.created_at,
    {{ reporting_date('accounts.created_at') }} as created_on,
    accounts.source_name
from accounts
left join {{ ref('int_region_basis') }} as bases
    on accounts.source_name = bases.source_name
left join {{ ref('dim_user') }} as owners
    on accounts.owner_user_id = owners.user_id
left join parents
    on accounts.account_id = parents.account_id
left join groups
    on accounts.account_id = groups.account_id
