with events as (
    select * from {{ ref('int_new_customer_event') }}
),

billed_customers as (
    select * from {{ ref('int_new_customer') }}
    where first_invoice_on <= {{ as_of_date() }}
),

cells as (
    {{ kpi_cells('events', 'event_on', [
        {'metric': 'new_customer_count', 'numerator': 'sum(new_customer_count)'},
    ], ['region', 'segment', 'rep', 'lead_source', 'campaign', 'logo_type']) }}
    union all
    {{ kpi_cells('billed_customers', 'first_invoice_on', [
        {
            'metric': 'new_customer_count',
            'variant': 'first_invoice',
            'numerator': 'count(*)',
        },
    ]) }}
)

-- Where customers are derived from purchases, the oldest ones seem new at the start of the data.
{{ relabelled_cells('cells cross join ' ~ ref('int_churn_window'), {
    'status_reason': 'basis_reason',
}) }}
