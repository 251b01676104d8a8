-- Offers to customers: those of quote_acceptance_rate that were sent to somebody who was a customer
-- then.
with decided_quotes as (
    select *
    from {{ ref('fct_quote') }}
    where decided_on is not null and is_sent_to_customer
)

{{ kpi_cells('decided_quotes', 'decided_on', [
    {
        'metric': 'existing_customer_offer_acceptance_rate',
        'numerator': 'count_if(is_accepted)',
        'denominator': 'count(*)',
    },
], ['sale_type', 'product_family', 'campaign', 'segment', 'rep']) }}
