-- Rules within a row (gross = net + tax, an end after its start, …): single slips are listed in
-- meta_contract_rule, more than max_rule_break_share of the rows stop the build.
select
    table_name,
    rule,
    checked_rows,
    broken_rows,
    example
from {{ ref('meta_contract_rule') }}
where broken_rows > {{ var('max_rule_break_share') }} * checked_rows
