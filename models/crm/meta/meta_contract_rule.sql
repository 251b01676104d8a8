{#- What must hold within a row of the contract, and the rows it can be asked of. -#}
{%- set rules = [
    (
        'invoice', 'gross is net plus tax',
        'net_amount + tax_amount is not null and gross_amount is not null',
        'abs(gross_amount - net_amount - tax_amount) <= 0.01',
    ),
    (
        'invoice', 'credit notes are not positive',
        "document_type = 'credit_note'",
        'coalesce(net_amount, 0) <= 0',
    ),
    (
        'invoice', 'due date is not before the invoice date',
        'due_date is not null and invoice_date is not null',
        'due_date >= invoice_date',
    ),
    (
        'quote', 'sent before accepted',
        'sent_at is not null and accepted_at is not null',
        'sent_at <= accepted_at',
    ),
    (
        'contract_line', 'ends on or after its start',
        'start_date is not null and end_date is not null',
        'end_date >= start_date',
    ),
    (
        'opportunity', 'probability is a fraction',
        'probability is not null',
        'probability between 0 and 1',
    ),
    ('opportunity', 'won deals are closed', 'is_won', 'coalesce(is_closed, true)'),
    (
        'pipeline_stage', 'probability is a fraction',
        'default_probability is not null',
        'default_probability between 0 and 1',
    ),
    (
        'product', 'cost share is a fraction',
        'standard_direct_cost_pct is not null',
        'standard_direct_cost_pct between 0 and 1',
    ),
    (
        'support_case', 'solved after it was created',
        'solved_at is not null',
        'solved_at >= created_at',
    ),
    (
        'feedback', 'score lies on its scale',
        'score is not null and scale_max is not null',
        'score between coalesce(scale_min, 0) and scale_max',
    ),
    ('currency_rate', 'rate is positive', 'true', 'rate_to_reporting > 0'),
    (
        'cost_entry', 'pool is known',
        'cost_pool is not null',
        "cost_pool in ('acquisition', 'retention', 'service', 'crm_tco')",
    ),
] %}
{%- for table, rule, asked_of, condition in rules %}
select
    '{{ table }}' as table_name,
    '{{ rule }}' as rule,
    count(*) as checked_rows,
    cast(coalesce(count_if(not coalesce({{ condition }}, false)), 0) as bigint) as broken_rows,
    min(case
        when not coalesce({{ condition }}, false) then {{ crm_contract()[table].key[0] }}
    end) as example
from {{ ref('crm_' ~ table) }}
where {{ asked_of }}
{{ 'union all' if not loop.last }}
{%- endfor %}
