-- All spells against the sums of the monthly movements: the identity of stock and movements would
-- also hold if a spell were missing altogether.
with spells as (
    select
        cast(count_if(spell_no = 1) as bigint) as new_count,
        cast(count_if(spell_no > 1) as bigint) as reactivated_count,
        cast(count_if(has_churned) as bigint) as lost_count
    from {{ ref('int_customer_spell') }}
    where spell_start <= {{ as_of_date() }}
),

movements as (
    select
        cast(coalesce(sum(new_count), 0) as bigint) as new_count,
        cast(coalesce(sum(reactivated_count), 0) as bigint) as reactivated_count,
        cast(coalesce(sum(lost_count), 0) as bigint) as lost_count
    from {{ ref('int_customer_month') }}
)

select
    spells.new_count as spell_new_count,
    movements.new_count,
    spells.reactivated_count as spell_reactivated_count,
    movements.reactivated_count,
    spells.lost_count as spell_lost_count,
    movements.lost_count
from spells
cross join movements
where
    spells.new_count <> movements.new_count
    or spells.reactivated_count <> movements.reactivated_count
    or spells.lost_count <> movements.lost_count
