-- Who was won, when, and whose and where the customer was then. Attributes are those of the first
-- sale and stay with the customer, so that a cohort keeps its members whatever happens later.
with acquisitions as (
    select
        account_id,
        acquired_on,
        {{ month_start('acquired_on') }} as cohort_month,
        acquisition_basis,
        first_sale_opportunity_id
    from {{ ref('int_customer_acquisition') }}
    where acquired_on <= {{ as_of_date() }}
),

deals as (
    select
        opportunity_id,
        region,
        country,
        segment,
        industry,
        owner_user_id,
        rep,
        team,
        lead_source,
        campaign
    from {{ ref('fct_opportunity') }}
),

spell_deals as (
    select
        spell_deals.account_id,
        spell_deals.lead_source,
        campaigns.campaign
    from {{ ref('int_spell_deal') }} as spell_deals
    left join {{ ref('dim_campaign') }} as campaigns
        on spell_deals.campaign_id = campaigns.campaign_id
    where spell_deals.spell_no = 1
),

-- The lines the relation began with. It was withdrawn if notice was given on all of them in time.
opening_lines as (
    select
        acquisitions.account_id,
        case
            when coalesce(lines.cancel_type, 'none') not in ('none', 'merged', 'upgrade')
                then coalesce(lines.notice_at, lines.end_date)
        end as cancelled_on,
        {{ date_plus_days('acquisitions.acquired_on', parameter('withdrawal_days')) }}
            as withdrawable_until
    from acquisitions
    inner join {{ ref('crm_contract_line') }} as lines
        on
            acquisitions.account_id = lines.account_id
            and (
                acquisitions.first_sale_opportunity_id = lines.opportunity_id
                or lines.start_date
                <= {{ date_plus_days('acquisitions.acquired_on', parameter('grace_days')) }}
            )
),

withdrawals as (
    select
        account_id,
        max(cancelled_on) as withdrawn_on
    from opening_lines
    group by account_id
    having
        count_if(coalesce(cancelled_on <= withdrawable_until, false)) = count(*)
        and max(cancelled_on) <= {{ as_of_date() }}
),

-- The first invoice in the data is the first one ever only for who was won since it is loaded.
invoice_window as (
    select min({{ month_start('first_event_date') }}) as first_month
    from {{ ref('int_table_coverage') }}
    where table_name = 'invoice' and is_present
),

first_invoices as (
    select
        account_id,
        min(invoice_date) as first_invoice_on
    from {{ ref('int_invoice_margin') }}
    where document_type <> 'credit_note' and (net_revenue_amount > 0 or is_net_unknown)
    group by account_id
)

select
    acquisitions.account_id,
    accounts.account_name,
    accounts.group_account_id,
    acquisitions.acquired_on,
    acquisitions.cohort_month,
    acquisitions.acquisition_basis,
    acquisitions.first_sale_opportunity_id,
    withdrawals.withdrawn_on,
    case
        when acquisitions.acquired_on >= invoice_window.first_month
            then first_invoices.first_invoice_on
    end as first_invoice_on,
    case
        when
            min(acquisitions.acquired_on) over (
                partition by coalesce(accounts.group_account_id, acquisitions.account_id)
            ) < acquisitions.acquired_on
            then 'existing_group'
        else 'new_logo'
    end as logo_type,
    {%- for column in [
        'region', 'country', 'segment', 'industry', 'owner_user_id', 'rep', 'team',
    ] %}
    case
        when deals.opportunity_id is not null then deals.{{ column }}
        when first_months.account_id is not null then first_months.{{ column }}
        else accounts.{{ column }}
    end as {{ column }},
    {%- endfor %}
    coalesce(deals.lead_source, spell_deals.lead_source, accounts.lead_source) as lead_source,
    coalesce(deals.campaign, spell_deals.campaign) as campaign
from acquisitions
cross join invoice_window
left join {{ ref('dim_account') }} as accounts
    on acquisitions.account_id = accounts.account_id
left join deals
    on acquisitions.first_sale_opportunity_id = deals.opportunity_id
left join {{ ref('fct_customer_month') }} as first_months
    on
        acquisitions.account_id = first_months.account_id
        and acquisitions.cohort_month = first_months.month_start
left join spell_deals
    on acquisitions.account_id = spell_deals.account_id
left join withdrawals
    on acquisitions.account_id = withdrawals.account_id
left join first_invoices
    on acquisitions.account_id = first_invoices.account_id
