-- Standards at the acceptance, leads nobody works on, and the reasons they are given up for; all
-- of it summed from months.
with field_rows as (
    select * from {{ ref('int_lead_standard') }}
),

lead_rows as (
    select
        lead_id,
        sal_on,
        rep,
        lead_source,
        count_if(not is_met) = 0 as is_compliant,
        count_if(is_as_was) = count(*) as is_as_was
    from field_rows
    group by lead_id, sal_on, rep, lead_source
),

open_leads as (
    select * from {{ ref('int_lead_month') }}
),

closings as (
    select * from {{ ref('int_lead_closing') }}
)

{{ kpi_cells('lead_rows', 'sal_on', [
    {
        'metric': 'lead_standard_compliance_rate',
        'numerator': 'count_if(is_compliant)',
        'denominator': 'count(*)',
        'note': {'label': 'with a current value', 'count': 'count_if(not is_as_was)'},
    },
], ['rep', 'lead_source']) }}
union all
{{ kpi_cells('open_leads', 'month_start', [
    {
        'metric': 'stale_lead_rate',
        'numerator': 'count_if(is_stale)',
        'denominator': 'count(*)',
    },
], ['rep', 'lead_source']) }}
union all
{{ kpi_cells('closings', 'closed_on', [
    {
        'metric': 'lead_deactivation_reason_share',
        'numerator': 'count(reason)',
        'denominator': 'count(*)',
    },
]) }}
union all
select *
from (
    {{ kpi_cells('field_rows', 'sal_on', [
        {
            'metric': 'lead_standard_compliance_rate',
            'numerator': 'count_if(is_met)',
            'denominator': 'count(*)',
        },
    ], ['field']) }}
    union all
    {{ kpi_cells('closings', 'closed_on', [
        {
            'metric': 'lead_deactivation_reason_share',
            'numerator': 'count(*)',
            'denominator': 'count(*)',
        },
    ], ['reason', 'lead_source × reason', 'campaign × reason']) }}
) as parts
where dimension <> 'total'
