-- Σ sale types = Σ won line items − Σ replaced, and every line of a won deal is classified exactly
-- once, counted in the contract tables and not in our own. Cancelled wins and their reversals
-- cancel out. Catches lines lost or doubled by the joins to holdings, spells and rates.
with won_lines as (
    select
        lines.line_item_id,
        cast(lines.net_amount as double) as net_amount,
        coalesce(lines.term_months, 12) as term_months
    from {{ ref('crm_opportunity_line_item') }} as lines
    inner join {{ ref('int_opp_outcome') }} as outcomes
        on lines.opportunity_id = outcomes.opportunity_id
    where outcomes.outcome = 'won' and outcomes.outcome_on is not null
),

booked_lines as (
    select
        line_item_id,
        count(*) as booking_count,
        sum(net_amount) as net_amount,
        sum(replaced_amount) as replaced_amount,
        sum(incremental_amount) as incremental_amount
    from {{ ref('fct_sale_line') }}
    group by line_item_id
)

select
    won_lines.line_item_id,
    booked_lines.booking_count,
    booked_lines.incremental_amount,
    booked_lines.net_amount - booked_lines.replaced_amount as expected_amount
from won_lines
left join booked_lines
    on won_lines.line_item_id = booked_lines.line_item_id
where
    booked_lines.line_item_id is null
    or abs(booked_lines.net_amount - booked_lines.replaced_amount - booked_lines.incremental_amount)
    > 0.01 * won_lines.term_months + 0.005
union all
-- What is not won adds up to nothing.
select
    booked_lines.line_item_id,
    booked_lines.booking_count,
    booked_lines.incremental_amount,
    0 as expected_amount
from booked_lines
left join won_lines
    on booked_lines.line_item_id = won_lines.line_item_id
where won_lines.line_item_id is null and abs(booked_lines.incremental_amount) > 0.005
