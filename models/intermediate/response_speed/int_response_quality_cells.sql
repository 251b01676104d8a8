-- Right at once or not: context, routing, first contact, reopening, and the mean of the resolution
-- time. Cases whose window is open are left out of both parts.
{%- set conditions = ['account', 'contact', 'product_or_contract', 'history'] %}
with cases as (
    select * from {{ ref('fct_case_response') }}
),

answered_cases as (
    select * from cases
    where has_context is not null
),

conditions as (
    {%- for condition in conditions %}
    select
        first_reply_on,
        '{{ condition }}' as condition,
        has_{{ condition }} as is_met
    from answered_cases
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

routed_cases as (
    select * from cases
    where is_misrouted is not null
),

first_contact_cases as (
    select * from cases
    where is_first_contact_eligible and is_solved and first_contact_known_on <= {{ as_of_date() }}
),

once_solved_cases as (
    select * from cases
    where is_reopened is not null and reopening_known_on <= {{ as_of_date() }}
),

solved_cases as (
    select * from cases
    where resolution_hours is not null
),

condition_cells as (
    {{ kpi_cells('conditions', 'first_reply_on', [
        {
            'metric': 'agent_context_coverage_rate',
            'numerator': 'count_if(is_met)',
            'denominator': 'count(*)',
        },
    ], ['condition']) | indent(4) }}
),

mean_cells as (
    {{ kpi_cells('solved_cases', 'solved_on', [
        {
            'metric': 'resolution_time',
            'variant': 'mean',
            'numerator': 'sum(resolution_hours)',
            'denominator': 'count(*)',
        },
    ]) | indent(4) }}
),

rate_cells as (
    {{ kpi_cells('answered_cases', 'first_reply_on', [
        {
            'metric': 'agent_context_coverage_rate',
            'numerator': 'count_if(has_context)',
            'denominator': 'count(*)',
        },
    ], ['channel', 'team']) | indent(4) }}
    union all
    {{ kpi_cells('routed_cases', 'started_on', [
        {
            'metric': 'misrouting_rate',
            'numerator': 'count_if(is_misrouted)',
            'denominator': 'count(*)',
        },
    ], ['channel', 'case_type']) | indent(4) }}
    union all
    {{ kpi_cells('first_contact_cases', 'solved_on', [
        {
            'metric': 'first_contact_resolution_rate',
            'numerator': 'count_if(is_solved_at_first_contact)',
            'denominator': 'count(*)',
        },
    ], ['channel', 'case_type', 'team']) | indent(4) }}
    union all
    {{ kpi_cells('once_solved_cases', 'first_solved_on', [
        {
            'metric': 'case_reopen_rate',
            'numerator': 'count_if(is_reopened)',
            'denominator': 'count(*)',
        },
    ], ['team', 'case_type']) | indent(4) }}
),

cells as (
    select * from rate_cells
    union all
    select * from mean_cells
    union all
    select * from condition_cells
    where dimension = 'condition'
)

{{ select_cells('cells', cell_columns()) }}
