-- Everything that is counted over the customers of a month end.
with customers as (
    select
        customers.*,
        coverage.has_cm2_r12
    from {{ ref('fct_customer_month') }} as customers
    inner join {{ ref('int_finance_month') }} as coverage
        on customers.month_start = coverage.month_start
    where customers.is_active_at_end
),

values_at_end as (
    select * from {{ ref('int_clv_month') }}
),

cells as (
    {{ kpi_cells('customers', 'month_start', [
        {
            'metric': 'unprofitable_customer_share',
            'numerator': 'count_if(coalesce(is_unprofitable, false))',
            'denominator': 'count(is_unprofitable)',
            'n': 'count(is_unprofitable)',
            'note': {
                'label': 'cm2_unknown',
                'count': 'count_if(cm2_r12_amount is null and tenure_months >= '
                    ~ parameter('loyal_months') ~ ')',
            },
            'reason': "case when count(case when has_cm2_r12 then 1 end) = 0"
                ~ " then 'CM2 of the year unknown' end",
        },
    ], ['segment', 'region', 'rep']) }}
    union all
    {{ kpi_cells('values_at_end', 'month_start', [
        {
            'metric': 'customer_lifetime_value_net',
            'numerator': 'sum(clv_amount)',
            'denominator': 'count(clv_amount)',
            'n': 'count(clv_amount)',
            'note': {'label': 'value_unknown', 'count': 'count_if(clv_amount is null)'},
            'reason': "case when count(clv_amount) > 0 and count_if(is_older_than_data) > 0"
                ~ " then 'older than the data, without their acquisition cost: '"
                ~ " || cast(count_if(is_older_than_data) as varchar) end",
        },
        {
            'metric': 'customer_lifetime_value_net',
            'variant': 'historic',
            'numerator': 'sum(historic_amount)',
            'denominator': 'count(historic_amount)',
            'n': 'count(historic_amount)',
            'note': {'label': 'value_unknown', 'count': 'count_if(historic_amount is null)'},
        },
        {
            'metric': 'customer_lifetime_value_net',
            'variant': 'predictive',
            'numerator': 'sum(predictive_amount)',
            'denominator': 'count(predictive_amount)',
            'n': 'count(predictive_amount)',
            'note': {'label': 'value_unknown', 'count': 'count_if(predictive_amount is null)'},
        },
        {
            'metric': 'customer_lifetime_value_net',
            'variant': 'at_acquisition',
            'numerator': 'sum(at_acquisition_amount)',
            'denominator': 'count(at_acquisition_amount)',
            'n': 'count(at_acquisition_amount)',
        },
    ], ['segment', 'region', 'lead_source', 'decile', 'cohort_year']) }}
)

{{ relabelled_cells('cells', {
    'forced_status': "case"
        ~ " when n = 0 and (metric_name = 'customer_lifetime_value_net'"
        ~ " or (dimension in ('total', 'variant') and status_reason is not null))"
        ~ " then 'no_data'"
        ~ " when note_count > " ~ parameter('fx_max_missing_share') ~ " * (n + note_count)"
        ~ " then 'partial' end",
    'status_reason': "case when n = 0 and metric_name = 'customer_lifetime_value_net'"
        ~ " then 'no customer has a known value' else status_reason end",
}) }}
