-- Customers without contracts are customers until they have bought nothing for inactivity_days.
with purchase_days as (
    select distinct
        'invoice' as purchase_basis,
        account_id,
        invoice_date as purchased_on
    from {{ ref('crm_invoice') }}
    where
        account_id is not null
        and coalesce(net_amount, gross_amount - tax_amount) > 0
        and coalesce(document_type, 'invoice') <> 'credit_note'
        and coalesce(status, 'open') <> 'void'
        and invoice_date <= {{ as_of_date() }}
    union all
    select distinct
        'opportunity' as purchase_basis,
        deals.account_id,
        outcomes.outcome_on as purchased_on
    from {{ ref('int_opp_outcome') }} as outcomes
    inner join {{ ref('int_opportunity') }} as deals
        on outcomes.opportunity_id = deals.opportunity_id
    where
        outcomes.outcome = 'won'
        and outcomes.outcome_on is not null
        and deals.account_id is not null
),

numbered as (
    select
        purchase_basis,
        account_id,
        purchased_on,
        sum(
            case when days_since_purchase <= {{ parameter('inactivity_days') }} then 0 else 1 end
        ) over (
            partition by purchase_basis, account_id
            order by purchased_on
            rows between unbounded preceding and current row
        ) as spell_no
    from (
        select
            *,
            {{ days_between(
                'lag(purchased_on) over ('
                ~ 'partition by purchase_basis, account_id order by purchased_on)',
                'purchased_on'
            ) }} as days_since_purchase
        from purchase_days
    ) as with_gap
),

spells as (
    select
        purchase_basis,
        account_id,
        cast(spell_no as integer) as spell_no,
        min(purchased_on) as spell_start,
        max(purchased_on) as last_purchase_on
    from numbered
    group by purchase_basis, account_id, spell_no
)

select
    purchase_basis,
    account_id,
    spell_no,
    spell_start,
    last_purchase_on,
    -- Nobody knows yet whether the next purchase comes in time, so a running spell has no end.
    case
        when
            {{ days_between('last_purchase_on', as_of_date()) }}
            >= {{ parameter('inactivity_days') }}
            then {{ date_plus_days('last_purchase_on', parameter('inactivity_days')) }}
    end as churn_date
from spells
