-- The stock and its movements. Stock of a month start is that of the close of the day before (G13);
-- the open month ends at as_of.
with months as (
    select
        month_start,
        least(max(date_day), {{ as_of_date() }}) as month_end
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

spells as (
    select
        account_id,
        spell_no,
        spell_start,
        spell_end,
        churn_date,
        is_confirmed_churn,
        spell_basis
    from {{ ref('int_customer_spell') }}
    where spell_start <= {{ as_of_date() }}
),

spell_months as (
    select
        spells.*,
        months.month_start,
        months.month_end,
        spells.spell_start < months.month_start as is_open_at_start,
        spells.churn_date is null or spells.churn_date > months.month_end as is_open_at_end,
        coalesce(spells.churn_date <= months.month_end, false) as is_lost,
        spells.spell_start >= months.month_start as is_started
    from spells
    inner join months
        on
            spells.spell_start <= months.month_end
            and (spells.churn_date is null or spells.churn_date >= months.month_start)
)

select
    account_id,
    month_start,
    max(month_end) as month_end,
    max(spell_basis) as spell_basis,
    max(case when is_open_at_start then spell_no end) as opening_spell_no,
    max(case when is_open_at_end then spell_no end) as closing_spell_no,
    max(spell_no) as spell_no,
    max_by(spell_start, spell_no) as spell_start,
    max(case when is_open_at_start then spell_start end) as opening_spell_start,
    max(case when is_open_at_start then churn_date end) as opening_spell_churn_date,
    count_if(is_open_at_start) > 0 as is_active_at_start,
    count_if(is_open_at_end) > 0 as is_active_at_end,
    cast(count_if(is_started and spell_no = 1) as integer) as new_count,
    cast(count_if(is_started and spell_no > 1) as integer) as reactivated_count,
    cast(count_if(is_lost) as integer) as lost_count,
    cast(count_if(is_lost and is_open_at_start) as integer) as lost_from_base_count,
    max(case when is_lost then spell_no end) as lost_spell_no,
    max(case when is_lost then churn_date end) as churn_date,
    count_if(is_lost and not is_confirmed_churn) > 0 as has_provisional_churn
from spell_months
group by account_id, month_start
