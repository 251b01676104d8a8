-- What the CRM is proven to have brought in a rolling year, stream by stream. A stream counts only
-- where something tells what would have been without it: a baseline or a control group.
with years as (
    select
        periods.period_start,
        max(periods.period_end) as period_end,
        least(max(periods.period_end), {{ as_of_date() }}) as observed_until
    from {{ ref('int_period') }} as periods
    cross join {{ ref('meta_reporting') }} as reporting
    where
        periods.base_grain = 'month'
        and periods.grain = 'r12m'
        and periods.period_start >= reporting.first_month
    group by periods.period_start
),

covered as (
    select
        table_name,
        {{ month_start('first_event_date') }} as first_month
    from {{ ref('int_table_coverage') }}
    where is_present and first_event_date is not null
),

-- The narrowest row that contains the end of the year.
baselines as (
    select
        years.period_start,
        targets.metric_name,
        targets.dim_value,
        cast(targets.baseline_value as double) as baseline_value
    from years
    inner join {{ ref('crm_kpi_target') }} as targets
        on
            years.period_end >= targets.period_start
            and years.period_end <= coalesce(targets.period_end, years.period_end)
    where
        targets.baseline_value is not null
        and (
            (targets.metric_name = 'service_minutes_per_case' and targets.dim_name = 'case_type')
            or (
                targets.metric_name = 'customer_churn_rate'
                and coalesce(nullif(targets.dim_name, ''), 'total') = 'total'
            )
        )
    qualify row_number() over (
            partition by years.period_start, targets.metric_name, targets.dim_value
            order by
                {{ days_between(
                    'targets.period_start',
                    "coalesce(targets.period_end, cast('9999-12-31' as date))"
                ) }} asc,
                targets.period_start desc
        ) = 1
),

service_bookings as (
    select
        costs.cost_date,
        costs.cost_amount,
        cast(entries.hours as double) as hours
    from {{ ref('int_cost_booking') }} as costs
    inner join {{ ref('crm_cost_entry') }} as entries
        on costs.cost_entry_id = entries.cost_entry_id
    where costs.cost_pool = 'service' and entries.hours > 0
),

service_hours as (
    select
        years.period_start,
        sum(bookings.cost_amount) / nullif(sum(bookings.hours), 0) as hourly_amount
    from years
    inner join service_bookings as bookings
        on bookings.cost_date between years.period_start and years.observed_until
    group by years.period_start
),

handled_cases as (
    select
        years.period_start,
        baselines.baseline_value - cases.minutes as saved_minutes,
        cases.minutes,
        {{ reporting_amount('users.hourly_cost_amount', 'users.currency') }} as hourly_amount
    from years
    inner join {{ ref('int_service_work') }} as cases
        on cases.worked_on between years.period_start and years.observed_until
    inner join {{ ref('crm_support_case') }} as support_cases
        on cases.work_id = support_cases.case_id
    inner join baselines
        on
            years.period_start = baselines.period_start
            and baselines.metric_name = 'service_minutes_per_case'
            and support_cases.case_type = baselines.dim_value
    inner join covered
        on
            covered.table_name = 'support_case'
            and years.period_start >= covered.first_month
    left join {{ ref('crm_app_user') }} as users
        on cases.user_id = users.user_id
    {{ fx_join('fx', 'users.currency', 'cases.worked_on') }}
    where cases.work_type = 'case'
),

service_times as (
    select
        handled_cases.period_start,
        sum(handled_cases.saved_minutes) / 60.0 * coalesce(
            max(service_hours.hourly_amount),
            sum(handled_cases.minutes * handled_cases.hourly_amount) / nullif(sum(
                case when handled_cases.hourly_amount is not null then handled_cases.minutes end
            ), 0)
        ) as benefit_amount
    from handled_cases
    left join service_hours
        on handled_cases.period_start = service_hours.period_start
    group by handled_cases.period_start
),

churned as (
    select
        period_start,
        count(*) as base_count,
        count_if(is_lost) as lost_count,
        max(confirmed_on) as complete_on
    from {{ ref('int_churn_base') }}
    where grain = 'r12m'
    group by period_start
),

churn_definition as (
    select max(target_grain) as target_grain
    from {{ ref('kpi_definition') }}
    where metric_name = 'customer_churn_rate'
),

retained_customers as (
    select
        churned.period_start,
        churned.complete_on,
        -- A baseline per month is compounded to the year it is compared with.
        case
            when churn_definition.target_grain = 'month'
                then 1.0 - power(1.0 - baselines.baseline_value, 12)
            else baselines.baseline_value
        end
        - churned.lost_count / nullif(cast(churned.base_count as double), 0) as retained_rate,
        churned.base_count
    from churned
    cross join churn_definition
    inner join baselines
        on
            churned.period_start = baselines.period_start
            and baselines.metric_name = 'customer_churn_rate'
),

retained_margins as (
    select
        retained_customers.period_start,
        retained_customers.complete_on,
        retained_customers.retained_rate,
        retained_customers.retained_rate * retained_customers.base_count
        * margins.numerator / nullif(margins.denominator, 0) as benefit_amount
    from retained_customers
    inner join {{ ref('int_profit_cells') }} as margins
        on
            retained_customers.period_start = margins.period_start
            and margins.dimension = 'total'
            and coalesce(margins.forced_status, '') <> 'no_data'
),

-- Campaign cost is deducted once: here, unless the CRM pool bears it already.
campaign_costs_in_tco as (
    select
        years.period_start,
        sum(bookings.cost_amount) as cost_amount
    from years
    inner join {{ ref('int_tco_booking') }} as bookings
        on bookings.cost_date between years.period_start and years.observed_until
    where bookings.entry_type = 'actual' and bookings.campaign_id is not null
    group by years.period_start
),

-- Customers kept are a number and have no names, so the share of the base they are is taken out of
-- what campaigns brought: each euro belongs to one stream.
campaigns as (
    select
        cells.period_start,
        cells.complete_on,
        cells.numerator
        + least(coalesce(campaign_costs_in_tco.cost_amount, 0.0), cells.denominator)
        - greatest(coalesce(retained_margins.retained_rate, 0.0), 0.0)
        * greatest(cells.numerator + cells.denominator, 0.0) as benefit_amount,
        case
            when cells.status_reason like '%effect not proven%' then 'campaign: effect not proven'
        end as reason
    from {{ ref('int_campaign_roi_cells') }} as cells
    inner join covered
        on
            covered.table_name = 'campaign_member'
            and cells.period_start >= covered.first_month
    left join campaign_costs_in_tco
        on cells.period_start = campaign_costs_in_tco.period_start
    left join retained_margins
        on cells.period_start = retained_margins.period_start
    where
        cells.grain = 'r12m'
        and cells.dimension = 'total'
        and cells.forced_status is null
),

-- Without the rate of a small part (G1) it is still evidence: left out, a loss would be, too.
cash as (
    select
        period_start,
        value as benefit_amount,
        case when forced_status = 'partial' then 'cash: not all converted' end as reason
    from {{ ref('int_receivable_cells') }}
    where
        metric_name = 'cash_benefit_dso_reduction'
        and grain = 'r12m'
        and dimension = 'total'
        and coalesce(forced_status, 'partial') = 'partial'
),

legacy_plans as (
    select
        years.period_start,
        sum(plans.to_date_amount) as baseline_amount
    from years
    inner join {{ ref('int_tco_plan') }} as plans
        on plans.month_start between years.period_start and years.period_end
    where plans.plan = 'legacy_cost' and plans.cut = 'total'
    group by years.period_start
    having count(*) = 12
),

legacy_costs as (
    select
        legacy_plans.period_start,
        max(legacy_plans.baseline_amount) - coalesce(sum(bookings.cost_amount), 0.0)
            as benefit_amount
    from legacy_plans
    inner join years
        on legacy_plans.period_start = years.period_start
    left join {{ ref('int_cost_booking') }} as bookings
        on
            bookings.cost_date between years.period_start and years.observed_until
            and bookings.category = 'legacy'
    group by legacy_plans.period_start
),

evidence as (
    {%- for component, relation in [
        ('service_time', 'service_times'), ('campaign', 'campaigns'),
        ('retained_margin', 'retained_margins'), ('cash', 'cash'), ('legacy_cost', 'legacy_costs'),
    ] %}
    select
        years.period_start,
        '{{ component }}' as component,
        {{ relation }}.benefit_amount,
        {{ relation ~ '.complete_on' if component in ('campaign', 'retained_margin')
            else 'cast(null as date)' }} as complete_on,
        {{ relation ~ '.reason' if component in ('campaign', 'cash')
            else 'cast(null as varchar)' }} as reason
    from years
    left join {{ relation }}
        on years.period_start = {{ relation }}.period_start
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    period_start,
    component,
    benefit_amount,
    benefit_amount is not null as is_evidenced,
    case when benefit_amount is not null then complete_on end as complete_on,
    case when benefit_amount is not null then reason end as reason
from evidence
