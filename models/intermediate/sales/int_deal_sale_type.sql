-- A deal has the type, family and term of its largest line.
with lines as (
    select * from {{ ref('int_sale_line_type') }}
),

declared_types as (
    select
        opportunity_id,
        lower(opportunity_type) as declared_type
    from {{ ref('int_opportunity') }}
),

largest_lines as (
    select
        opportunity_id,
        occasion,
        occasion_no,
        classified_on,
        sale_type,
        product_id,
        product_family,
        term_months
    from lines
    qualify row_number() over (
            partition by opportunity_id, occasion, occasion_no
            order by net_amount desc nulls last, line_item_id asc
        ) = 1
)

select
    largest_lines.opportunity_id,
    largest_lines.occasion,
    largest_lines.occasion_no,
    largest_lines.classified_on,
    largest_lines.sale_type,
    largest_lines.product_id,
    largest_lines.product_family,
    largest_lines.term_months,
    declared_types.declared_type,
    -- What the CRM declares only audits what was derived.
    case declared_types.declared_type
        when 'new_business' then largest_lines.sale_type <> 'first_sale'
        when 'win_back' then largest_lines.sale_type <> 'win_back'
        when 'renewal' then largest_lines.sale_type <> 'renewal'
        when 'existing_business' then largest_lines.sale_type in ('first_sale', 'win_back')
        else false
    end as is_type_conflict
from largest_lines
inner join declared_types
    on largest_lines.opportunity_id = declared_types.opportunity_id
