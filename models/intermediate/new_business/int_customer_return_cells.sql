{%- set roi = {
    'metric': 'acquisition_roi',
    'numerator': 'case when sum(unknown_month_count) = 0 then sum(cm2_amount - cost_amount) end',
    'denominator': 'sum(cost_amount)',
    'n': 'sum(customer_count)',
    'complete_on': 'max(mature_on)',
    'unconverted': 'sum(unconverted_amount)',
    'note': {'label': 'months_without_service_cost', 'count': 'sum(service_gap_count)'},
} -%}
{%- set reached = {
    'metric': 'break_even_reached_share',
    'numerator': 'case when sum(unknown_month_count) = 0 then count_if(is_break_even) end',
    'denominator': 'count(*)',
    'complete_on': 'max(mature_on)',
    'unconverted': 'sum(unconverted_amount)',
    'note': {'label': 'months_without_service_cost', 'count': 'sum(service_gap_count)'},
} -%}
-- Return on acquisition and share past break-even per cohort. The value is that of age 12; only
-- equal ages are compared. A young cohort shows what it has reached so far, and is immature.
with returns as (
    select
        periods.grain,
        periods.period_start,
        returns.*
    from {{ ref('int_customer_return') }} as returns
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.grain in ('month', 'quarter', 'year')
            and returns.cohort_month = periods.base_start
),

at_12 as (
    select * from returns
    where age_months = '12'
),

customers_at_12 as (
    select * from at_12
    where account_id is not null
),

roi_ages as (
    select * from returns
    where age_months in ('12', '24', '36')
),

share_ages as (
    select * from returns
    where age_months in ('6', '12', '24') and account_id is not null
),

to_date as (
    select * from returns
    where age_months = 'to_date'
),

age_cells as (
    {{ kpi_cells('roi_ages', 'period_start', [roi], ['age_months'], grain_column='grain') }}
    union all
    {{ kpi_cells('share_ages', 'period_start', [reached], ['age_months'], grain_column='grain') }}
),

cells as (
    {{ kpi_cells('at_12', 'period_start', [roi], ['segment', 'lead_source', 'campaign'],
        grain_column='grain') }}
    union all
    {{ kpi_cells('customers_at_12', 'period_start', [reached], ['segment', 'lead_source'],
        grain_column='grain') }}
    union all
    {{ kpi_cells('to_date', 'period_start', [dict(roi, variant='to_date')], grain_column='grain') }}
    union all
    select * from age_cells
    where dimension = 'age_months'
),

-- Without service cost there is no CM2, and a return on CM1 would be no return (G1).
judged_cells as (
    {{ relabelled_cells('cells', {
        'forced_status': "case"
            ~ " when numerator is null and note_count > 0 then 'partial'"
            ~ " when numerator is null then 'no_data' end",
        'status_reason': "case"
            ~ " when numerator is null and note_count > 0 then 'missing: service cost'"
            ~ " when numerator is null then 'margin unknown' end",
        'note_label': 'cast(null as varchar)',
        'note_count': 'cast(null as bigint)',
    }) }}
)

{{ known_cost_cells('judged_cells') }}
