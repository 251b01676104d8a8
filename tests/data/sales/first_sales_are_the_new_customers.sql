-- The accounts with a first_sale line are those whose acquisition is dated by a won deal. The two
-- are derived in different models; a customer in only one of them is new here and existing there.
{{ config(severity='warn') }}

with first_sales as (
    select
        account_id,
        min(closed_on) as first_sale_on
    from {{ ref('int_sale_line') }}
    where sale_type = 'first_sale'
    group by account_id
),

acquisitions as (
    select
        acquisitions.account_id,
        acquisitions.acquired_on
    from {{ ref('int_customer_acquisition') }} as acquisitions
    inner join {{ ref('int_line_item') }} as lines
        on acquisitions.first_sale_opportunity_id = lines.opportunity_id
    where acquisitions.acquisition_basis = 'first_sale'
    group by acquisitions.account_id, acquisitions.acquired_on
)

select
    coalesce(first_sales.account_id, acquisitions.account_id) as account_id,
    first_sales.first_sale_on,
    acquisitions.acquired_on
from first_sales
full outer join acquisitions
    on first_sales.account_id = acquisitions.account_id
where first_sales.first_sale_on is distinct from acquisitions.acquired_on
