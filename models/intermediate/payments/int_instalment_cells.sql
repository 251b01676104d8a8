-- Order to cash over all invoices a deal starts with, weighted by amount, by the day each was
-- settled: the reading for deals with instalment plans.
with settled_invoices as (
    select
        settled_on,
        gross_reporting_amount,
        gross_reporting_amount * {{ days_between('closed_on', 'settled_on') }} as amount_days,
        unconverted_amount
    from {{ ref('int_starting_invoice') }}
    where settled_on is not null and closed_on is not null
)

{{ kpi_cells('settled_invoices', 'settled_on', [
    {
        'metric': 'order_to_cash_days',
        'variant': 'all_invoices',
        'numerator': 'coalesce(sum(amount_days), 0.0)',
        'denominator': 'coalesce(sum(gross_reporting_amount), 0.0)',
        'unconverted': 'sum(unconverted_amount)',
    },
]) }}
