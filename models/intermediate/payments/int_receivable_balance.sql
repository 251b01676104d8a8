{%- set dimensions = ['region', 'segment'] -%}
-- Receivables and gross sales per month, as a whole and per region and segment; every slice in
-- every month since invoices are loaded, because counting back needs months without sales too.
with months as (
    select
        dates.month_start,
        least(max(dates.date_day), {{ as_of_date() }}) as month_end
    from {{ ref('dim_date') }} as dates
    inner join {{ ref('int_finance_month') }} as coverage
        on dates.month_start = coverage.month_start
    where dates.has_happened and coverage.has_invoice
    group by dates.month_start
),

receivables as (
    select
        month_start,
        {%- for name in dimensions %}
        coalesce({{ name }}, '(unknown)') as cell_{{ name }},
        {%- endfor %}
        receivable_amount,
        case when is_overdue then receivable_amount else 0.0 end as overdue_amount,
        0.0 as sales_amount,
        unconverted_amount
    from {{ ref('int_receivable_month') }}
),

sales as (
    select
        documents.invoice_month as month_start,
        {%- for name in dimensions %}
        coalesce(attributes.{{ name }}, '(unknown)') as cell_{{ name }},
        {%- endfor %}
        0.0 as receivable_amount,
        0.0 as overdue_amount,
        documents.gross_amount as sales_amount,
        documents.unconverted_amount
    from {{ ref('int_invoice_margin') }} as documents
    left join {{ ref('int_invoice_attribute') }} as attributes
        on documents.invoice_id = attributes.invoice_id
),

parts as (
    select * from receivables
    union all
    select * from sales
),

grouped as (
    select
        month_start,
        {{ single_dimension(dimensions) | indent(8) }},
        sum(receivable_amount) as receivable_amount,
        sum(overdue_amount) as overdue_amount,
        sum(sales_amount) as sales_amount,
        sum(unconverted_amount) as unconverted_amount
    from parts
    group by grouping sets (
        (month_start)
        {%- for name in dimensions %},
        (month_start, cell_{{ name }})
        {%- endfor %}
    )
),

slices as (
    select distinct
        dimension,
        dimension_value
    from grouped
)

select
    months.month_start,
    months.month_end,
    cast(
        extract(year from months.month_start) * 12 + extract(month from months.month_start)
        as integer
    ) as month_no,
    cast({{ days_between('months.month_start', 'months.month_end') }} + 1 as integer)
        as day_count,
    slices.dimension,
    slices.dimension_value,
    coalesce(grouped.receivable_amount, 0.0) as receivable_amount,
    coalesce(grouped.overdue_amount, 0.0) as overdue_amount,
    coalesce(grouped.sales_amount, 0.0) as sales_amount,
    coalesce(grouped.unconverted_amount, 0.0) as unconverted_amount,
    -- Receivables of before the data are missing from the first months.
    months.month_start < {{ date_plus_months(
        'min(months.month_start) over ()', parameter('receivable_warmup_months')
    ) }} as is_warming_up
from months
cross join slices
left join grouped
    on
        months.month_start = grouped.month_start
        and slices.dimension = grouped.dimension
        and slices.dimension_value = grouped.dimension_value
