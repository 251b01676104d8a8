-- From the lead, the order and the service to the money, by the day the way ends.
with deals as (
    select
        *,
        case when lead_id is null then 1 else 0 end as has_no_lead
    from {{ ref('int_deal_cash') }}
    where first_settled_on is not null
),

phases as (
    select * from {{ ref('int_journey_phase') }}
),

invoices as (
    select
        *,
        {{ days_between('billable_on', 'invoice_date') }} as lag_days
    from {{ ref('int_starting_invoice') }}
)

{{ kpi_median_cells(
    'order_to_cash_days', 'deals', 'first_settled_on', 'order_to_cash_days',
    ['sale_type', 'region', 'segment'], {'p90': 0.9}
) }}
union all
{{ kpi_median_cells(
    'lead_to_cash_days', 'deals', 'first_settled_on', 'lead_to_cash_days',
    ['lead_source', 'campaign', 'segment'], {'p90': 0.9},
    note={'label': 'without_lead', 'count': 'count_if(has_no_lead = 1)'}
) }}
union all
{{ kpi_median_cells(
    'journey_phase_days', 'phases', 'ended_on', 'phase_days',
    ['phase', 'segment × phase', 'region × phase'],
    note={'label': 'reversed', 'count': 'count_if(is_reversed)'}
) }}
union all
{{ kpi_median_cells(
    'invoice_lag_days', 'invoices', 'invoice_date', 'lag_days',
    ['region', 'product_family'], {'p90': 0.9}
) }}
