-- Former customers at the start of each month: gone, and lost in the last winback_months. Who of
-- them came back, and through which campaign they were approached.
with months as (
    select distinct base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'month'
    union distinct
    select distinct period_start as month_start
    from {{ ref('int_period') }}
    where grain = 'r12m'
),

spells as (
    select
        account_id,
        spell_no,
        churn_date,
        reason,
        lead(spell_start) over (partition by account_id order by spell_no) as next_spell_start,
        lead(campaign) over (partition by account_id order by spell_no) as next_campaign
    from {{ ref('fct_customer_spell') }}
),

accounts as (
    select
        account_id,
        segment
    from {{ ref('crm_account') }}
    where master_account_id is null
),

approaches as (
    select
        deals.account_id,
        deals.created_on,
        campaigns.campaign
    from {{ ref('int_opportunity') }} as deals
    inner join {{ ref('dim_campaign') }} as campaigns
        on deals.campaign_id = campaigns.campaign_id
),

former as (
    select
        spells.account_id,
        months.month_start,
        spells.spell_no,
        spells.churn_date,
        spells.reason,
        spells.next_spell_start,
        spells.next_campaign
    from months
    inner join spells
        on
            months.month_start > spells.churn_date
            and spells.churn_date
            >= {{ date_plus_months('months.month_start', '-' ~ parameter('winback_months')) }}
            and (spells.next_spell_start is null or months.month_start <= spells.next_spell_start)
),

last_approaches as (
    select
        former.account_id,
        former.month_start,
        max_by(approaches.campaign, approaches.created_on) as campaign
    from former
    inner join approaches
        on
            former.account_id = approaches.account_id
            and former.churn_date <= approaches.created_on
            and approaches.created_on < {{ date_plus_months('former.month_start', 1) }}
    group by former.account_id, former.month_start
)

select
    former.account_id,
    former.month_start,
    former.churn_date,
    former.reason,
    accounts.segment,
    former.next_spell_start,
    coalesce(former.next_campaign, last_approaches.campaign) as campaign
from former
left join accounts
    on former.account_id = accounts.account_id
left join last_approaches
    on
        former.account_id = last_approaches.account_id
        and former.month_start = last_approaches.month_start
