{%- set components = {'vat': 'vat_amount', 'credit_note': 'credit_note_amount'} -%}
-- How much of what was invoiced is no revenue: VAT on the invoices, and credit notes (net). A
-- document without a known net amount says nothing about either and is left out of both parts.
with documents as (
    select
        margins.invoice_date,
        attributes.region,
        margins.product_family,
        case when margins.document_type = 'invoice' then margins.gross_amount else 0.0 end
            as gross_amount,
        case
            when margins.document_type = 'invoice'
                then margins.gross_amount - margins.net_revenue_amount
            else 0.0
        end as vat_amount,
        case
            when margins.document_type = 'credit_note' then -margins.net_revenue_amount
            else 0.0
        end as credit_note_amount,
        margins.is_net_unknown or margins.gross_amount is null as is_unknown,
        margins.unconverted_amount
    from {{ ref('int_invoice_margin') }} as margins
    left join {{ ref('int_invoice_attribute') }} as attributes
        on margins.invoice_id = attributes.invoice_id
),

known_documents as (
    select
        invoice_date,
        region,
        product_family,
        case when is_unknown then 0.0 else gross_amount end as gross_amount,
        case when is_unknown then 0.0 else vat_amount end as vat_amount,
        case when is_unknown then 0.0 else credit_note_amount end as credit_note_amount,
        is_unknown and unconverted_amount = 0 as is_left_out,
        unconverted_amount
    from documents
),

component_amounts as (
    {%- for component, amount in components.items() %}
    select
        invoice_date,
        '{{ component }}' as component,
        {{ amount }} as amount
    from known_documents
    where {{ amount }} <> 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

component_cells as (
    {{ kpi_cells('component_amounts', 'invoice_date', [
        {
            'metric': 'gross_to_net_leakage_rate',
            'numerator': 'sum(amount)',
            'denominator': '0.0',
        },
    ], ['component']) }}
)

{{ kpi_cells('known_documents', 'invoice_date', [
    {
        'metric': 'gross_to_net_leakage_rate',
        'numerator': 'coalesce(sum(vat_amount + credit_note_amount), 0.0)',
        'denominator': 'coalesce(sum(gross_amount), 0.0)',
        'unconverted': 'sum(unconverted_amount)',
        'note': {'label': 'net_unknown', 'count': 'count_if(is_left_out)'},
    },
], ['region', 'product_family']) }}
union all
select * from component_cells
where dimension = 'component'
