-- Bookings and their reversals: a win that was taken back stays booked in its month and is reversed
-- in the month of the cancellation.
with typed_lines as (
    select *
    from {{ ref('int_sale_line_type') }}
    where is_won or occasion = 'cancelled win'
),

entries as (
    select
        typed_lines.*,
        case when typed_lines.is_won then 'booking' else 'cancelled booking' end as entry_type,
        typed_lines.classified_on as booked_on,
        1.0 as sign
    from typed_lines
    union all
    select
        typed_lines.*,
        'cancellation' as entry_type,
        typed_lines.cancelled_on as booked_on,
        -1.0 as sign
    from typed_lines
    where not typed_lines.is_won
),

deals as (
    select * from {{ ref('fct_opportunity') }}
)

select
    entries.line_item_id,
    entries.occasion_no as booking_no,
    entries.entry_type,
    entries.opportunity_id,
    entries.account_id,
    entries.booked_on,
    entries.classified_on as closed_on,
    deals.owner_user_id,
    deals.rep,
    deals.team,
    deals.department,
    deals.region,
    deals.country,
    deals.segment,
    deals.customer_type,
    deals.lead_source,
    deals.campaign,
    entries.product_id,
    products.product,
    entries.product_family,
    entries.sale_type,
    entries.is_family_unknown,
    deals.is_type_conflict,
    entries.quantity,
    entries.term_months,
    entries.is_recurring,
    entries.replaced_contract_line_id,
    entries.sign * entries.net_amount as net_amount,
    entries.sign * entries.replaced_amount as replaced_amount,
    entries.sign * entries.incremental_amount as incremental_amount,
    entries.sign * entries.direct_cost_amount as direct_cost_amount,
    entries.unconverted_amount
from entries
inner join deals
    on entries.opportunity_id = deals.opportunity_id
left join {{ ref('dim_product') }} as products
    on entries.product_id = products.product_id
