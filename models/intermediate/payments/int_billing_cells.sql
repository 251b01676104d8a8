-- What is judged by invoice: paid in time, disputed, credited, given up.
with invoices as (
    select
        *,
        {{ date_plus_days('invoice_date', parameter('dispute_days')) }} as dispute_mature_on,
        {{ date_plus_days('invoice_date', parameter('bad_debt_days')) }} as bad_debt_mature_on
    from {{ ref('fct_invoice') }}
    where document_type = 'invoice'
),

due_invoices as (
    select * from invoices
    where due_date <= {{ as_of_date() }} and not is_fully_credited
),

disputed_invoices as (
    select * from invoices
    where is_disputed
),

reasons as (
    select distinct reason
    from disputed_invoices
),

open_months as (
    select
        {{ month_start('invoice_date') }} as month_start,
        max(dispute_mature_on) as dispute_mature_on
    from invoices
    group by {{ month_start('invoice_date') }}
    having max(dispute_mature_on) > {{ as_of_date() }}
),

-- A month whose invoices can still be disputed is open for every reason, also one not given yet.
disputes as (
    select
        invoice_date,
        reason,
        dispute_mature_on,
        1 as dispute_count
    from disputed_invoices
    union all
    select
        open_months.month_start as invoice_date,
        reasons.reason,
        open_months.dispute_mature_on,
        0 as dispute_count
    from open_months
    cross join reasons
),

documents as (
    select * from {{ ref('int_credit_document') }}
    where not is_rebilled
),

credit_notes as (
    select * from documents
    where document_type = 'credit_note'
),

reason_cells as (
    {{ kpi_cells('disputes', 'invoice_date', [
        {
            'metric': 'dispute_rate',
            'numerator': 'sum(dispute_count)',
            'denominator': '0',
            'n': 'sum(dispute_count)',
            'complete_on': 'max(dispute_mature_on)',
        },
    ], ['reason']) }}
    union all
    {{ kpi_cells('credit_notes', 'document_date', [
        {
            'metric': 'credit_note_rate',
            'numerator': 'coalesce(sum(credit_amount), 0.0)',
            'denominator': '0.0',
            'unconverted': 'sum(unconverted_amount)',
        },
    ], ['reason']) }}
)

{{ kpi_cells('due_invoices', 'due_date', [
    {
        'metric': 'on_time_payment_rate',
        'numerator': 'count_if(is_on_time)',
        'denominator': 'count(*)',
    },
], ['region', 'country', 'segment', 'payment_term']) }}
union all
{{ kpi_cells('invoices', 'invoice_date', [
    {
        'metric': 'dispute_rate',
        'numerator': 'count_if(is_disputed)',
        'denominator': 'count(*)',
        'complete_on': 'max(dispute_mature_on)',
        'dimensions': ['region', 'product_family', 'rep'],
    },
    {
        'metric': 'bad_debt_rate',
        'numerator': 'coalesce(sum(written_off_reporting_amount), 0.0)',
        'denominator': 'coalesce(sum(gross_reporting_amount), 0.0)',
        'complete_on': 'max(bad_debt_mature_on)',
        'unconverted': 'sum(unconverted_amount)',
        'dimensions': ['segment', 'region'],
    },
]) }}
union all
{{ kpi_cells('documents', 'document_date', [
    {
        'metric': 'credit_note_rate',
        'numerator': 'coalesce(sum(credit_amount), 0.0)',
        'denominator': 'coalesce(sum(invoice_amount), 0.0)',
        'unconverted': 'sum(unconverted_amount)',
        'dimensions': ['region', 'product_family'],
    },
]) }}
union all
select * from reason_cells
where dimension = 'reason'
