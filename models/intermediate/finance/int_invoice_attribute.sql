-- Whose an invoice was, and where, on its day (G12). Terms are granted with the deal, so its owner
-- comes before that of the account.
with invoices as (
    select
        invoices.invoice_id,
        invoices.account_id,
        invoices.invoice_date,
        coalesce(invoices.opportunity_id, lines.opportunity_id) as opportunity_id
    from {{ ref('crm_invoice') }} as invoices
    left join {{ ref('crm_contract_line') }} as lines
        on invoices.contract_line_id = lines.contract_line_id
    where invoices.account_id is not null and invoices.invoice_date is not null
),

accounts as (
    select
        accounts.account_id,
        crm_accounts.region,
        accounts.region_basis,
        accounts.country,
        accounts.segment,
        accounts.owner_user_id
    from {{ ref('dim_account') }} as accounts
    inner join {{ ref('crm_account') }} as crm_accounts
        on accounts.account_id = crm_accounts.account_id
),

with_history as (
    select
        invoices.invoice_id,
        invoices.account_id,
        deals.opportunity_id,
        accounts.region_basis,
        accounts.country,
        accounts.segment,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region,
        {{ as_was_value('owner_then', 'accounts.owner_user_id') }} as account_owner_user_id,
        deals.owner_user_id as deal_owner_user_id
    from invoices
    left join accounts
        on invoices.account_id = accounts.account_id
    left join {{ ref('int_opp_outcome') }} as deals
        on invoices.opportunity_id = deals.opportunity_id
    {{ as_was_join(
        'region_then', 'account', 'invoices.account_id', 'region',
        day_end_at('invoices.invoice_date')
    ) }}
    {{ as_was_join(
        'owner_then', 'account', 'invoices.account_id', 'owner_user_id',
        day_end_at('invoices.invoice_date')
    ) }}
)

select
    with_history.invoice_id,
    with_history.account_id,
    with_history.opportunity_id,
    case
        when with_history.region_basis = 'owner' then account_owners.region
        else with_history.account_region
    end as region,
    with_history.country,
    with_history.segment,
    coalesce(with_history.deal_owner_user_id, with_history.account_owner_user_id) as owner_user_id,
    owners.rep
from with_history
left join {{ ref('dim_user') }} as account_owners
    on with_history.account_owner_user_id = account_owners.user_id
left join {{ ref('dim_user') }} as owners
    on
        coalesce(with_history.deal_owner_user_id, with_history.account_owner_user_id)
        = owners.user_id
