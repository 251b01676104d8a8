-- Customers lost and won back, one row each, dated and sliced by what was true then. Who comes back
-- is counted where the loss was counted: under its reason and the tenure it had.
with spells as (
    select
        *,
        lag(tenure_band) over (partition by account_id order by spell_no) as previous_tenure_band
    from {{ ref('fct_customer_spell') }}
),

customer_months as (
    select
        account_id,
        month_start,
        segment,
        region,
        rep
    from {{ ref('fct_customer_month') }}
),

lost as (
    select
        account_id,
        spell_no,
        'lost' as event,
        churn_date as happened_on,
        confirmed_on,
        segment,
        region,
        rep,
        tenure_band,
        reason,
        1 as net_lost_count
    from spells
    where has_churned
),

reactivated as (
    select
        spells.account_id,
        spells.spell_no,
        'reactivated' as event,
        spells.spell_start as happened_on,
        cast(null as date) as confirmed_on,
        customer_months.segment,
        customer_months.region,
        customer_months.rep,
        spells.previous_tenure_band as tenure_band,
        spells.previous_reason as reason,
        -1 as net_lost_count
    from spells
    inner join customer_months
        on
            spells.account_id = customer_months.account_id
            and customer_months.month_start = {{ month_start('spells.spell_start') }}
    where spells.spell_no > 1
)

select * from lost
union all
select * from reactivated
