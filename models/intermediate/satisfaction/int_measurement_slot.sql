-- Which measurements were planned in the twelve months to the end of a period, and which took
-- place. A plan is a target row with a review cadence; its slots are counted back from the end.
with periods as (
    select distinct
        period_start,
        period_end,
        least(period_end, {{ as_of_date() }}) as judged_on
    from {{ ref('int_period') }}
    where grain = 'r12m'
),

plans as (
    select
        metric_name,
        coalesce(nullif(dim_name, ''), 'total') as dim_name,
        case when coalesce(nullif(dim_name, ''), 'total') <> 'total' then dim_value end
            as dim_value,
        period_start as valid_from,
        coalesce(period_end, date '9999-12-31') as valid_to,
        review_cadence_days
    from {{ ref('crm_kpi_target') }}
    where
        metric_name in ('csat_score', 'nps_score')
        and review_cadence_days > 0
        and coalesce(nullif(dim_name, ''), 'total') in ('total', 'subject', 'country')
),

period_plans as (
    select
        plans.metric_name,
        plans.dim_name,
        plans.dim_value,
        periods.period_start,
        periods.judged_on,
        plans.review_cadence_days,
        greatest(floor(365.0 / nullif(plans.review_cadence_days, 0)), 1) as planned_count
    from plans
    inner join periods
        on periods.judged_on between plans.valid_from and plans.valid_to
    qualify
        row_number() over (
            partition by
                plans.metric_name, plans.dim_name, plans.dim_value, periods.period_start
            order by
                {{ days_between('plans.valid_from', 'plans.valid_to') }} asc,
                plans.valid_from desc
        ) = 1
),

slots as (
    select
        period_plans.*,
        days.date_day as slot_end,
        {{ date_plus_days('days.date_day', '1 - period_plans.review_cadence_days') }} as slot_start
    from period_plans
    inner join {{ ref('dim_date') }} as days
        on
            period_plans.judged_on >= days.date_day
            and {{ date_plus_days('period_plans.judged_on', -366) }} < days.date_day
    where
        {{ days_between('days.date_day', 'period_plans.judged_on') }}
        % period_plans.review_cadence_days = 0
        and {{ days_between('days.date_day', 'period_plans.judged_on') }}
        < period_plans.planned_count * period_plans.review_cadence_days
),

answers as (
    select
        case when is_nps_answer then 'nps_score' else 'csat_score' end as metric_name,
        responded_on,
        subject,
        country
    from {{ ref('fct_feedback') }}
    where is_nps_answer or is_csat_answer
)

select
    slots.metric_name,
    slots.dim_name,
    slots.dim_value,
    slots.period_start,
    slots.slot_start,
    slots.slot_end,
    case when slots.dim_name = 'subject' then slots.dim_value else '(all)' end as subject,
    case when slots.dim_name = 'country' then slots.dim_value else '(all)' end as country,
    count(answers.metric_name) as answer_count,
    count(answers.metric_name) >= {{ parameter('n_min') }} as is_measured
from slots
left join answers
    on
        slots.metric_name = answers.metric_name
        and answers.responded_on between slots.slot_start and slots.slot_end
        and (
            slots.dim_name = 'total'
            or (slots.dim_name = 'subject' and slots.dim_value = answers.subject)
            or (slots.dim_name = 'country' and upper(slots.dim_value) = answers.country)
        )
group by
    slots.metric_name,
    slots.dim_name,
    slots.dim_value,
    slots.period_start,
    slots.slot_start,
    slots.slot_end
