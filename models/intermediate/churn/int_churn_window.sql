-- Where customers have no contracts, only silence tells that one is lost, and the first
-- inactivity_days after the first purchase in the data cannot show any: no churn there is no
-- finding.
select
    max(spell_basis) as spell_basis,
    case
        when max(spell_basis) <> 'contract_line' then 'spell_basis=' || max(spell_basis)
    end as basis_reason,
    case
        when max(spell_basis) <> 'contract_line'
            then {{ date_plus_days('min(spell_start)', parameter('inactivity_days')) }}
    end as observable_from
from {{ ref('int_customer_spell') }}
