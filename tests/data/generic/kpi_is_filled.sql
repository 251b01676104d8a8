{#- On the demo, which has every table and every case, each KPI has a value in its total, in each
    dimension and in each variant: a suite that passes on empty marts proves nothing. -#}
{% test kpi_is_filled(model) %}
select
    metric_name,
    dimension,
    count(*) as n_rows
from {{ model }}
where
    {{ 'true' if enabled_sources() == ['demo'] else 'false' }}
    and metric_name not in (
        -- The first run has no earlier publication to differ from.
        'churn_restatement_log'
    )
    -- No region of the demo has n_min cases with a calendar in three months.
    and not (metric_name = 'premium_readiness_flag' and dimension = 'region')
    -- Three years in which every tenth customer leaves cannot show when half of them have left.
    and not (metric_name = 'customer_lifetime_months' and dimension = 'variant')
    -- The only three years of the demo begin with own hours on the CRM that have no price.
    and not (metric_name = 'customer_relationship_roi' and dimension = 'variant')
    -- No source system of the demo brings auc_min_events qualifications in a year.
    and not (metric_name = 'lead_score_separation' and dimension = 'source_system')
    and not (
        dimension = 'total'
        and metric_name in (
            select metric_name from {{ ref('kpi_definition') }} where no_total_reason is not null
        )
    )
group by metric_name, dimension
having count(value) = 0
{% endtest %}
